//! Any text as a template: read and run within its bounds, never a panic.
#![no_main]

use gotmpl::{Functions, Options, Template, Value};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let Ok(template) = Template::parse("fuzz", text, &Functions::new()) else { return };
    let data = Value::string_map([("a", "b"), ("c", "1")]);
    let options = Options { max_output: 1 << 16, max_steps: 20_000, ..Options::default() };
    let _ = template.execute(&data, &options);
});
