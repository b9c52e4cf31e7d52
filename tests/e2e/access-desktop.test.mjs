import { everyState } from './access.mjs';
import { DESKTOP } from './browser.mjs';

everyState('desktop', DESKTOP);
