//! Looking into JSON by pointer.
//!
//! What is not there is `null`, so that a trial's condition fails with the document in hand instead of a panic.

use serde_json::Value;

/// See the module.
pub(crate) trait Look {
    /// The value at a JSON pointer, or null.
    fn at(&self, pointer: &str) -> &Value;
    /// The string there, or an empty one.
    fn text(&self, pointer: &str) -> &str;
    /// The array there, or an empty one.
    fn list(&self, pointer: &str) -> Vec<Value>;
}

impl Look for Value {
    fn at(&self, pointer: &str) -> &Value {
        self.pointer(pointer).unwrap_or(&Value::Null)
    }

    fn text(&self, pointer: &str) -> &str {
        self.at(pointer).as_str().unwrap_or_default()
    }

    fn list(&self, pointer: &str) -> Vec<Value> {
        self.at(pointer).as_array().cloned().unwrap_or_default()
    }
}
