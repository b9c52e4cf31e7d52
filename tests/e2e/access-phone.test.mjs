import { everyState } from './access.mjs';
import { PHONE } from './browser.mjs';

everyState('phone', PHONE);
