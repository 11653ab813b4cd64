//! Fakes of the façade for tests of screens, in both languages. They are written from the generated interfaces, so that
//! their types are spelled as there, and a new door needs nothing by hand.

mod kotlin;
mod swift;

use std::path::Path;

use crate::bindings::{code_of, collect};

/// Whose doors are faked.
const OBJECT: &str = "RepPhone";
const LANGUAGES: [Language; 2] = [kotlin::KOTLIN, swift::SWIFT];

/// A method of the façade as a language spells it.
struct Door<'a> {
    name: &'a str,
    /// Each with its type.
    parameters: Vec<(&'a str, &'a str)>,
    /// `None` = it says nothing.
    answer: Option<&'a str>,
}

/// How a language declares doors, and how a fake of them is written in it.
struct Language {
    /// The folder of its files.
    folder: &'static str,
    ending: &'static str,
    /// How the line begins that opens an object's doors.
    opening: fn(&str) -> String,
    /// `None` = the fakes know no such door.
    read: fn(&str) -> Option<Door<'_>>,
    /// The fake of an object with these doors, which are declared in this text.
    write: fn(&str, &[Door<'_>], &str) -> String,
}

impl Door<'_> {
    /// Its name without the quotes that keep it from being a keyword.
    fn bare(&self) -> &str {
        self.name.trim_matches('`')
    }

    /// What its answer is called.
    fn on(&self) -> String {
        let mut letters = self.bare().chars();
        let first = letters.next().map(|letter| letter.to_ascii_uppercase());
        "on".chars().chain(first).chain(letters).collect()
    }

    /// The types of all that goes through it.
    fn kinds(&self) -> impl Iterator<Item = &str> {
        self.parameters.iter().map(|(_, kind)| *kind).chain(self.answer)
    }

    /// Its parameters with their types, each after a mark.
    fn declared(&self, mark: &str) -> String {
        let all = self.parameters.iter().map(|(name, kind)| format!("{mark}{name}: {kind}"));
        all.collect::<Vec<_>>().join(", ")
    }

    /// Its parameters as they are passed on.
    fn passed(&self) -> String {
        self.parameters.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
    }

    /// The head of a closure that looks at none of its parameters.
    fn unread(&self, arrow: &str) -> String {
        let names = vec!["_"; self.parameters.len()].join(", ");
        if names.is_empty() { names } else { format!("{names} {arrow} ") }
    }
}

impl Language {
    /// The fake of an object, from the text that declares it.
    fn fake(&self, object: &str, text: &str) -> Result<String, String> {
        let opening = (self.opening)(object);
        let inside = text.lines().skip_while(|line| !line.starts_with(opening.as_str())).skip(1);
        let codes = inside.take_while(|line| *line != "}").filter_map(code_of);
        let doors = codes.filter(|code| *code != "companion object").map(|code| {
            (self.read)(code).ok_or_else(|| format!("`{code}` is a door that xtask/src/fakes does not know"))
        });
        Ok((self.write)(object, &doors.collect::<Result<Vec<_>, _>>()?, text))
    }

    /// The generated text in which a line begins so.
    fn text_with(&self, folder: &Path, opening: &str) -> Result<String, String> {
        let mut files = Vec::new();
        collect(folder, self.ending, &mut files)?;
        for file in files {
            let text = std::fs::read_to_string(&file).map_err(|why| why.to_string())?;
            if text.lines().any(|line| line.starts_with(opening)) {
                return Ok(text);
            }
        }
        Err(format!("no line in {} begins with `{opening}`", folder.display()))
    }
}

/// Writes the fakes beside the bindings in a folder. They are for tests alone, so they lie apart.
pub(crate) fn write(bindings: &Path) -> Result<(), String> {
    for language in LANGUAGES {
        let text = language.text_with(&bindings.join(language.folder), &(language.opening)(OBJECT))?;
        let folder = bindings.join("fakes").join(language.folder);
        if folder.exists() {
            std::fs::remove_dir_all(&folder).map_err(|why| why.to_string())?;
        }
        std::fs::create_dir_all(&folder).map_err(|why| why.to_string())?;
        let file = folder.join(format!("Fake{OBJECT}.{}", language.ending));
        std::fs::write(file, language.fake(OBJECT, &text)?).map_err(|why| why.to_string())?;
    }
    Ok(())
}

/// Names and types, apart at the commas that stand in no brackets; `None` = one of them has a default.
fn parameters(text: &str) -> Option<Vec<(&str, &str)>> {
    let mut depth = 0;
    let parts = text.split(|letter: char| {
        match letter {
            '<' | '[' | '(' => depth += 1,
            '>' | ']' | ')' => depth -= 1,
            _ => {}
        }
        letter == ',' && depth == 0
    });
    let named = parts.map(str::trim).filter(|part| !part.is_empty()).map(|part| part.split_once(": "));
    named.map(|found| found.filter(|(_, kind)| !kind.contains('='))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/fakes/sample");

    fn sample(language: &Language, name: &str) -> String {
        std::fs::read_to_string(format!("{SAMPLE}/{name}.{}", language.ending)).unwrap()
    }

    /// `XUNDIAN_WRITE_VECTORS=1 cargo test -p xtask` writes the samples anew.
    #[test]
    fn a_fake_is_written_as_in_the_sample() {
        for language in LANGUAGES {
            let fake = language.fake("Shop", &sample(&language, "Generated")).unwrap();
            if std::env::var_os("XUNDIAN_WRITE_VECTORS").is_some() {
                std::fs::write(format!("{SAMPLE}/FakeShop.{}", language.ending), &fake).unwrap();
            }
            assert_eq!(fake, sample(&language, "FakeShop"), "{}", language.folder);
        }
    }

    #[test]
    fn a_door_of_another_kind_is_refused_by_its_name() {
        let refused = |language: &Language, door: &str| {
            let text = format!("{}\n    {door}\n}}\n", (language.opening)("Shop"));
            language.fake("Shop", &text).is_err_and(|why| why.contains(door))
        };
        for door in ["suspend fun `a`()", "fun `a`(`b`: kotlin.Int = 1)", "val `a`: kotlin.Int"] {
            assert!(refused(&kotlin::KOTLIN, door), "{door}");
        }
        for door in ["func a() -> Int", "func a() async throws", "var a: Int { get }"] {
            assert!(refused(&swift::SWIFT, door), "{door}");
        }
    }

    #[test]
    fn the_file_that_opens_the_doors_is_found_among_the_generated() {
        for language in LANGUAGES {
            let found = |object| language.text_with(Path::new(SAMPLE), &(language.opening)(object));
            assert_eq!(found("Shop"), Ok(sample(&language, "Generated")));
            assert!(found("House").is_err_and(|why| why.contains("House")), "{}", language.folder);
        }
    }
}
