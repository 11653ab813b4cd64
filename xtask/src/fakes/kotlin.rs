//! The fake in Kotlin, in the interface's own package.

use std::collections::BTreeSet;

use super::{Door, Language, parameters};

pub(super) const KOTLIN: Language = Language { folder: "kotlin", ending: "kt", opening, read, write };

fn opening(object: &str) -> String {
    format!("public interface {object}Interface {{")
}

fn read(code: &str) -> Option<Door<'_>> {
    let (name, rest) = code.strip_prefix("fun ")?.split_once('(')?;
    let (inside, after) = rest.rsplit_once(')')?;
    let answer = if after.is_empty() { None } else { Some(after.strip_prefix(": ")?) };
    Some(Door { name, parameters: parameters(inside)?, answer })
}

fn write(object: &str, doors: &[Door<'_>], text: &str) -> String {
    let package = text.lines().find(|line| line.starts_with("package ")).unwrap_or_default();
    let imports = imports(doors, text);
    let doors: String = doors.iter().map(door).collect();
    format!(
        r#"// Written by `cargo xtask bindings` from the interface that it stands in for.

{package}

{imports}import java.util.concurrent.ConcurrentLinkedQueue

/** A {object} for tests: each door gives the answer that was set for it, and fails with its name where none was. */
open class Fake{object} : {object}Interface {{
    private val opened = ConcurrentLinkedQueue<String>()

    /** The doors that were opened, in their order. */
    val calls: List<String> get() = opened.toList()

    /** Comes before every answer; what it throws is said in the answer's place. */
    protected open fun called(door: String) {{
        opened += door
    }}
{doors}}}

private fun unset(door: String): Nothing = throw AssertionError("no answer was set for the door $door")
"#
    )
}

fn door(door: &Door<'_>) -> String {
    let (name, bare, on) = (door.name, door.bare(), door.on());
    let (parameters, passed, unread) = (door.declared(""), door.passed(), door.unread("->"));
    let answer = door.answer.unwrap_or("kotlin.Unit");
    format!(
        r#"
    @Volatile
    var {on}: ({parameters}) -> {answer} = {{ {unread}unset("{bare}") }}

    override fun {name}({parameters}): {answer} {{
        called("{bare}")
        return {on}({passed})
    }}
"#
    )
}

/// What the declaring file imports for the doors' types.
fn imports(doors: &[Door<'_>], text: &str) -> String {
    let kinds = doors.iter().flat_map(Door::kinds);
    let words = kinds.flat_map(|kind| kind.split(|letter: char| !letter.is_alphanumeric()));
    let words: BTreeSet<&str> = words.collect();
    let imports = text.lines().filter_map(|line| line.strip_prefix("import "));
    let wanted = imports.filter(|path| path.rsplit('.').next().is_some_and(|name| words.contains(name)));
    wanted.map(|path| format!("import {path}\n")).collect()
}
