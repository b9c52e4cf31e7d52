//! The browser's database, as a spill store needs it: values by numbers, stored all or none.

use std::cell::RefCell;

use idb::{DatabaseEvent, Factory, ObjectStoreParams, TransactionMode};
use js_sys::{Function, Promise, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use crate::session::{Done, Errand, Trouble, Values, What};

/// Where in a database the values are, and the version of that.
const SLOTS: &str = "slots";
const VERSION: u32 = 1;

/// Functions of `worker.js`: one says whether there is a database, the other takes a lock that one
/// tab has at a time, and gives what lets it go.
const FIND: &str = "findDatabase";
const LOCK: &str = "takeLock";

/// The database of one module at a time.
#[derive(Default)]
pub(super) struct Databases(RefCell<Option<Open>>);

struct Open {
    name: String,
    database: idb::Database,
    free: JsValue,
}

impl Drop for Open {
    fn drop(&mut self) {
        self.database.close();
        if let Some(free) = self.free.dyn_ref::<Function>() {
            let _ = free.call0(&JsValue::UNDEFINED);
        }
    }
}

impl Databases {
    /// Carries out an errand.
    pub(super) async fn carry_out(&self, errand: Errand) -> Done {
        let Errand { name, what, .. } = errand;
        self.0.borrow_mut().take_if(|open| open.name != name);
        match what {
            What::Load => {
                if !self.is_open(&name) && !is_true(&call(FIND, &name).await?) {
                    return Ok(Values::new());
                }
                self.open(&name).await?;
                self.load(&name).await
            }
            What::Store(values) => {
                self.open(&name).await?;
                self.store(&name, &values).await.map(|()| Values::new())
            }
            What::Remove => {
                // With the lock, nobody else has it open.
                self.open(&name).await?;
                let open = self.0.borrow_mut().take();
                if let Some(open) = &open {
                    open.database.close();
                }
                let removed = factory()?.delete(&name).map_err(trouble)?.await;
                removed.map(|()| Values::new()).map_err(trouble)
            }
        }
    }

    fn is_open(&self, name: &str) -> bool {
        self.0.borrow().as_ref().is_some_and(|open| open.name == name)
    }

    /// Opens a database, which is made if it is not there.
    async fn open(&self, name: &str) -> Result<(), Trouble> {
        if self.is_open(name) {
            return Ok(());
        }
        let factory = factory()?;
        let free = call(LOCK, name).await?;
        if free.is_null() {
            return Err(Trouble::Busy);
        }
        let mut request = factory.open(name, Some(VERSION)).map_err(trouble)?;
        request.on_upgrade_needed(|event| {
            // If this fails, so does every transaction after it.
            if let Ok(database) = event.database() {
                let _ = database.create_object_store(SLOTS, ObjectStoreParams::new());
            }
        });
        match request.await {
            Ok(database) => {
                self.0.replace(Some(Open { name: name.to_owned(), database, free }));
                Ok(())
            }
            Err(error) => {
                if let Some(free) = free.dyn_ref::<Function>() {
                    let _ = free.call0(&JsValue::UNDEFINED);
                }
                Err(trouble(error))
            }
        }
    }

    fn transaction(&self, name: &str, mode: TransactionMode) -> Result<idb::Transaction, Trouble> {
        let open = self.0.borrow();
        // Another module may have been opened meanwhile, whose database this is not to touch.
        let open = open.as_ref().filter(|open| open.name == name).ok_or(Trouble::Busy)?;
        open.database.transaction(&[SLOTS], mode).map_err(trouble)
    }

    /// All values.
    async fn load(&self, name: &str) -> Done {
        let transaction = self.transaction(name, TransactionMode::ReadOnly)?;
        let slots = transaction.object_store(SLOTS).map_err(trouble)?;
        let keys = slots.get_all_keys(None, None).map_err(trouble)?;
        let values = slots.get_all(None, None).map_err(trouble)?;
        let (keys, values) = (keys.await.map_err(trouble)?, values.await.map_err(trouble)?);
        let mut all = Values::new();
        for (key, value) in keys.into_iter().zip(values) {
            // Whatever else is there was not stored by us.
            let key = key.as_f64().filter(|key| key.fract() == 0.0 && *key >= 0.0);
            if let (Some(key), Ok(value)) = (key, value.dyn_into::<Uint8Array>()) {
                all.set(key as u32, value.to_vec());
            }
        }
        Ok(all)
    }

    /// Stores values in one transaction. Everything is asked for before anything is waited for.
    async fn store(&self, name: &str, values: &Values) -> Result<(), Trouble> {
        let transaction = self.transaction(name, TransactionMode::ReadWrite)?;
        let slots = transaction.object_store(SLOTS).map_err(trouble)?;
        for (key, value) in values.iter() {
            let key = JsValue::from(key);
            if value.is_empty() {
                slots.delete(key).map_err(trouble)?;
            } else {
                let value = Uint8Array::from(value);
                slots.put(&value, Some(&key)).map_err(trouble)?;
            }
        }
        // A handle of our own, to ask why it has failed.
        let handle: web_sys::IdbTransaction = transaction.into();
        let waits = idb::Transaction::from(handle.clone());
        match waits.await {
            Ok(result) if result.is_committed() => Ok(()),
            Ok(_) | Err(_) => Err(match handle.error() {
                Some(error) => named(&error.name(), &error.message()),
                None => Trouble::Failed("the transaction was given up".to_owned()),
            }),
        }
    }
}

fn factory() -> Result<Factory, Trouble> {
    Factory::new().map_err(|_| Trouble::Blocked)
}

/// Calls a function of the worker's script that promises something.
async fn call(function: &str, name: &str) -> Result<JsValue, Trouble> {
    let called = || -> Result<Promise, JsValue> {
        let global = js_sys::global();
        let function: Function = Reflect::get(&global, &function.into())?.dyn_into()?;
        function.call1(&global, &name.into())?.dyn_into()
    };
    let failed = |_| Trouble::Blocked;
    JsFuture::from(called().map_err(failed)?).await.map_err(failed)
}

fn is_true(value: &JsValue) -> bool {
    value.as_bool() == Some(true)
}

/// What an error of the browser means.
fn named(name: &str, message: &str) -> Trouble {
    match name {
        "QuotaExceededError" => Trouble::Full,
        "VersionError" => Trouble::Version,
        "SecurityError" | "InvalidStateError" => Trouble::Blocked,
        _ if message.is_empty() => Trouble::Failed(name.to_owned()),
        _ => Trouble::Failed(message.to_owned()),
    }
}

fn trouble(error: idb::Error) -> Trouble {
    match error {
        idb::Error::DomException(error) => named(&error.name(), &error.message()),
        idb::Error::IndexedDbOpenFailed(error) => {
            let text = |key: &str| Reflect::get(&error, &key.into()).ok()?.as_string();
            named(&text("name").unwrap_or_default(), &text("message").unwrap_or_default())
        }
        // What idb itself finds wrong, which would be a mistake here.
        _ => Trouble::Failed("it gave something else than was asked for".to_owned()),
    }
}
