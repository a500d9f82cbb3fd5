// Takes one screenshot: node e2e/shot.mjs URL FILE [WIDTH] [HEIGHT] [light|dark]
import { launch } from './browser.mjs';

const [url, file, width = '1440', height = '900', theme = 'dark'] = process.argv.slice(2);
const browser = await launch();
const page = await browser.newPage({
  viewport: { width: Number(width), height: Number(height) },
  colorScheme: theme,
});
page.on('console', (message) => message.type() === 'error' && console.log('console:', message.text()));
page.on('pageerror', (error) => console.log('page error:', error.message));
await page.goto(url);
await page.waitForTimeout(1500);
await page.screenshot({ path: file, fullPage: process.env.FULL === '1' });
await browser.close();
