//! What stands in a document's flat map, read key by key. This and `edit` are where Automerge is asked anything.

use super::{Hash, ReadError};
use automerge::{Automerge, ChangeHash, ObjId, ObjType, ROOT, ReadDoc, ScalarValueRef, ValueRef};
use serde_json::{Map, Number, Value};
use std::collections::BTreeMap;

/// One value found at a key.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) what: Raw,
    /// The change that wrote it; known where there are several values.
    pub(super) by: Option<Hash>,
}

/// A value as it lies in the document, before anybody asked whether it fits its field.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Raw {
    Single(Value),
    Prose(String),
    /// What no field of ours holds: bytes, maps, lists, numbers that are none.
    Strange(Value),
}

impl Raw {
    pub(super) fn value(&self) -> Value {
        match self {
            Self::Single(value) | Self::Strange(value) => value.clone(),
            Self::Prose(text) => Value::String(text.clone()),
        }
    }
}

/// Every key with all values that stand there at once, the one that Automerge shows first.
pub(super) type State = BTreeMap<String, Vec<Found>>;

/// How deep into a stranger's containers we look: they are shown, never understood.
const STRANGE_DEPTH: usize = 4;

/// The document from its bytes. They come from the gate, which has loaded them before.
pub(super) fn load(snapshot: &[u8]) -> Result<Automerge, ReadError> {
    Automerge::load(snapshot).map_err(|_| ReadError)
}

/// The state now, or as it was at these heads.
pub(super) fn state(doc: &Automerge, heads: Option<&[ChangeHash]>) -> State {
    let items = match heads {
        Some(heads) => doc.map_range_at(ROOT, .., heads),
        None => doc.map_range(ROOT, ..),
    };
    items
        .map(|item| {
            let key = item.key.to_string();
            let mut found = vec![Found { what: raw(doc, &item.value, &item.id(), heads), by: None }];
            if item.conflict {
                found = all(doc, &key, heads).unwrap_or(found);
            }
            (key, found)
        })
        .collect()
}

fn all(doc: &Automerge, key: &str, heads: Option<&[ChangeHash]>) -> Option<Vec<Found>> {
    let all = match heads {
        Some(heads) => doc.get_all_at(ROOT, key, heads),
        None => doc.get_all(ROOT, key),
    };
    let found = all.ok()?.into_iter().rev().map(|(value, id)| Found {
        what: raw(doc, &as_ref(&value), &id, heads),
        by: doc.hash_for_opid(&id).map(|hash| hash.0),
    });
    Some(found.collect())
}

fn as_ref<'a>(value: &'a automerge::Value<'_>) -> ValueRef<'a> {
    use automerge::{ScalarValue as Scalar, Value as Found};
    match value {
        Found::Object(kind) => ValueRef::Object(*kind),
        Found::Scalar(scalar) => ValueRef::Scalar(match scalar.as_ref() {
            Scalar::Str(text) => ScalarValueRef::Str(text.as_str().into()),
            Scalar::Int(number) => ScalarValueRef::Int(*number),
            Scalar::Uint(number) => ScalarValueRef::Uint(*number),
            Scalar::F64(number) => ScalarValueRef::F64(*number),
            Scalar::Boolean(yes) => ScalarValueRef::Boolean(*yes),
            Scalar::Timestamp(moment) => ScalarValueRef::Timestamp(*moment),
            Scalar::Counter(counter) => ScalarValueRef::Counter(counter.into()),
            Scalar::Bytes(bytes) => ScalarValueRef::Bytes(bytes.as_slice().into()),
            Scalar::Unknown { type_code, bytes } => {
                ScalarValueRef::Unknown { type_code: *type_code, bytes: bytes.as_slice().into() }
            }
            Scalar::Null => ScalarValueRef::Null,
        }),
    }
}

fn raw(doc: &Automerge, value: &ValueRef<'_>, id: &ObjId, heads: Option<&[ChangeHash]>) -> Raw {
    match value {
        ValueRef::Object(ObjType::Text) => text(doc, id, heads).map_or(Raw::Strange(Value::Null), Raw::Prose),
        ValueRef::Object(_) => Raw::Strange(container(doc, id, heads, STRANGE_DEPTH)),
        ValueRef::Scalar(scalar) => single(scalar),
    }
}

fn text(doc: &Automerge, id: &ObjId, heads: Option<&[ChangeHash]>) -> Option<String> {
    match heads {
        Some(heads) => doc.text_at(id, heads).ok(),
        None => doc.text(id).ok(),
    }
}

fn single(scalar: &ScalarValueRef<'_>) -> Raw {
    match scalar {
        ScalarValueRef::Str(text) => Raw::Single(text.as_ref().into()),
        ScalarValueRef::Int(number) => Raw::Single((*number).into()),
        ScalarValueRef::Uint(number) => Raw::Single((*number).into()),
        ScalarValueRef::F64(number) => {
            Number::from_f64(*number).map_or(Raw::Strange(Value::Null), |number| Raw::Single(number.into()))
        }
        ScalarValueRef::Boolean(yes) => Raw::Single((*yes).into()),
        ScalarValueRef::Null => Raw::Single(Value::Null),
        ScalarValueRef::Counter(number) | ScalarValueRef::Timestamp(number) => Raw::Strange((*number).into()),
        ScalarValueRef::Bytes(bytes) | ScalarValueRef::Unknown { bytes, .. } => {
            Raw::Strange(data_encoding::HEXLOWER.encode(bytes).into())
        }
    }
}

fn container(doc: &Automerge, id: &ObjId, heads: Option<&[ChangeHash]>, depth: usize) -> Value {
    if depth == 0 {
        return Value::Null;
    }
    let inside = |value: &ValueRef<'_>, id: &ObjId| match value {
        ValueRef::Object(ObjType::Map | ObjType::Table | ObjType::List) => container(doc, id, heads, depth - 1),
        other => raw(doc, other, id, heads).value(),
    };
    let entries = || match heads {
        Some(heads) => doc.map_range_at(id, .., heads),
        None => doc.map_range(id, ..),
    };
    let elements = || match heads {
        Some(heads) => doc.list_range_at(id, .., heads),
        None => doc.list_range(id, ..),
    };
    match doc.object_type(id) {
        Ok(ObjType::Map | ObjType::Table) => {
            Value::Object(entries().map(|e| (e.key.to_string(), inside(&e.value, &e.id()))).collect::<Map<_, _>>())
        }
        Ok(ObjType::List) => elements().map(|e| inside(&e.value, &e.id())).collect(),
        _ => Value::Null,
    }
}
