//! The fake in Swift, for a target of tests.

use super::{Door, Language, parameters};

pub(super) const SWIFT: Language = Language { folder: "swift", ending: "swift", opening, read, write };

fn opening(object: &str) -> String {
    format!("public protocol {object}Protocol:")
}

/// Only doors that may throw: the others could not say that no answer was set.
fn read(code: &str) -> Option<Door<'_>> {
    let (name, rest) = code.strip_prefix("func ")?.split_once('(')?;
    let (inside, after) = rest.rsplit_once(')')?;
    let after = after.trim().strip_prefix("throws")?.trim();
    let answer = if after.is_empty() { None } else { Some(after.strip_prefix("-> ")?) };
    Some(Door { name, parameters: parameters(inside)?, answer })
}

fn write(object: &str, doors: &[Door<'_>], _text: &str) -> String {
    let doors: String = doors.iter().map(door).collect();
    format!(
        r#"// Written by `cargo xtask bindings` from the protocol that it stands in for.

import Foundation
import Testing
import XundianCore

/// A {object} for tests: each door gives the answer that was set for it, and fails the test with its name where none was.
class Fake{object}: {object}Protocol, @unchecked Sendable {{
    struct NoAnswer: Error, CustomStringConvertible {{
        let door: String
        var description: String {{ "no answer was set for the door \(door)" }}
    }}

    private let lock = NSLock()
    private var _calls: [String] = []

    /// The doors that were opened, in their order.
    var calls: [String] {{ lock.withLock {{ _calls }} }}

    /// Comes before every answer; what it throws is said in the answer's place.
    func called(_ door: String) throws {{
        lock.withLock {{ _calls.append(door) }}
    }}
{doors}}}

/// Recorded as well as thrown: who opened the door may swallow what is thrown.
private func unset(_ door: String) -> Fake{object}.NoAnswer {{
    let why = Fake{object}.NoAnswer(door: door)
    Issue.record(why)
    return why
}}
"#
    )
}

fn door(door: &Door<'_>) -> String {
    let (name, bare, on) = (door.name, door.bare(), door.on());
    let (declared, passed, unread) = (door.declared(""), door.passed(), door.unread("in"));
    let answer = door.answer.unwrap_or("Void");
    let kind = format!("@Sendable ({}) throws -> {answer}", door.declared("_ "));
    format!(
        r#"
    private var _{on}: {kind} = {{ {unread}throw unset("{bare}") }}
    var {on}: {kind} {{
        get {{ lock.withLock {{ _{on} }} }}
        set {{ lock.withLock {{ _{on} = newValue }} }}
    }}

    func {name}({declared}) throws -> {answer} {{
        try called("{bare}")
        return try {on}({passed})
    }}
"#
    )
}
