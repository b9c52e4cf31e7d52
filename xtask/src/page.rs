//! Building and serving the page with trunk.

use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command};
use std::time::Duration;

use crate::failure::{Context, Failure, Result};
use crate::workspace::Workspace;
use crate::{process, setup, weight};

/// The root manifest's profile for the page as it is published.
const PROFILE: &str = "page";

/// Builds the page into `dist/`, as it is published.
pub(crate) fn build(workspace: &Workspace) -> Result {
    // Trunk runs wasm-opt only with --release, and cargo uses the profile that is named.
    process::run(
        trunk(workspace)
            .args(["build", "--release", "--cargo-profile", PROFILE])
            .arg("--dist")
            .arg(workspace.dist()),
    )
}

pub(crate) fn build_and_weigh(workspace: &Workspace) -> Result {
    setup::ensure(workspace, setup::for_page())?;
    build(workspace)?;
    weight::check(workspace)
}

/// Serves the page, rebuilding it when a source changes, until interrupted.
pub(crate) fn serve(workspace: &Workspace, port: u16, release: bool) -> Result {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    ensure_free(address)?;
    let needs = match release {
        true => setup::for_page(),
        false => setup::for_development_page(),
    };
    setup::ensure(workspace, needs)?;

    println!("Building the playground; it will be served at http://{address}");
    let mut command = trunk(workspace);
    command
        .args(["serve", "--address", "127.0.0.1", "--port"])
        .arg(port.to_string())
        // Apart from `dist`, so that serving and testing do not replace each other's page.
        .arg("--dist")
        .arg(workspace.root.join("target/serve"));
    if release {
        command.args(["--release", "--cargo-profile", PROFILE]);
    }
    std::fs::create_dir_all(workspace.root.join("target"))
        .context(|| "create target/".to_owned())?;
    let mut trunk =
        command.spawn().context(|| format!("start `{}`", process::describe(&command)))?;
    announce_when_ready(&mut trunk, address)?;
    let status = trunk.wait().context(|| "wait for trunk".to_owned())?;
    Err(Failure::new(format!("trunk stopped serving ({status})")))
}

fn trunk(workspace: &Workspace) -> Command {
    let mut command = setup::wasm_command(workspace, "trunk");
    // Trunk 0.21 reads NO_COLOR as a boolean and refuses the usual `NO_COLOR=1`.
    command.env_remove("NO_COLOR");
    command
}

fn ensure_free(address: SocketAddr) -> Result {
    match TcpListener::bind(address) {
        Ok(_) => Ok(()),
        Err(error) => Err(Failure::new(format!("cannot serve at http://{address}: {error}"))
            .advise(format!(
                "choose another port: cargo xtask serve --port {}",
                address.port().checked_add(1).unwrap_or(8080)
            ))),
    }
}

/// Trunk opens its port once the first build has ended; only then is the address of use.
fn announce_when_ready(trunk: &mut Child, address: SocketAddr) -> Result {
    loop {
        if let Some(status) = trunk.try_wait().context(|| "wait for trunk".to_owned())? {
            return Err(Failure::new(format!("trunk did not serve ({status})")));
        }
        if TcpStream::connect_timeout(&address, Duration::from_millis(200)).is_ok() {
            println!("\n  The playground is at http://{address}   (Ctrl+C ends it)\n");
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_busy_port_is_refused_with_the_option_that_helps() {
        let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("some port is free");
        let address = taken.local_addr().expect("it is bound");
        let failure = ensure_free(address).expect_err("it is taken").to_string();
        assert!(failure.contains(&format!("http://{address}")), "{failure}");
        assert!(failure.contains("serve --port"), "{failure}");
    }
}
