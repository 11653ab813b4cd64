//! Texts for people, by key and language. A translator edits the files in `texts/`; code knows keys only.

use std::collections::HashMap;

/// A language that pages and sheets can be shown in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    /// 简体中文, the first language.
    #[default]
    Chinese,
    /// English.
    English,
}

impl Language {
    /// From a tag as browsers and settings write it; Chinese unless it is English.
    pub fn of_tag(tag: &str) -> Self {
        if tag.to_ascii_lowercase().starts_with("en") { Self::English } else { Self::Chinese }
    }

    /// For the `lang` attribute.
    pub fn tag(self) -> &'static str {
        match self {
            Self::Chinese => "zh-CN",
            Self::English => "en",
        }
    }
}

/// The texts of one language.
#[derive(Debug, Clone)]
pub struct Texts {
    /// Which.
    pub language: Language,
    texts: HashMap<&'static str, &'static str>,
}

impl Texts {
    /// Reads the table of a language.
    pub fn of(language: Language) -> Self {
        let table = match language {
            Language::Chinese => include_str!("../texts/zh-CN.txt"),
            Language::English => include_str!("../texts/en.txt"),
        };
        let rows = table.lines().filter(|line| !line.starts_with('#'));
        Self { language, texts: rows.filter_map(|line| line.split_once(" = ")).collect() }
    }

    /// The text of a key; the key itself if nobody wrote one.
    pub fn get(&self, key: &'static str) -> &'static str {
        self.texts.get(key).copied().unwrap_or(key)
    }

    /// The text of a key that is put together, e.g. `kind.` + code.
    pub fn coded(&self, prefix: &str, code: &str) -> String {
        let key = format!("{prefix}.{code}");
        self.texts.get(key.as_str()).map_or_else(|| code.to_owned(), |text| (*text).to_owned())
    }

    /// A text with its one `{}` filled.
    pub fn with(&self, key: &'static str, value: impl std::fmt::Display) -> String {
        self.fill(key, &[&value])
    }

    /// A text with its `{}` filled in order.
    pub fn fill(&self, key: &'static str, values: &[&dyn std::fmt::Display]) -> String {
        let mut text = self.get(key).to_owned();
        for value in values {
            text = text.replacen("{}", &value.to_string(), 1);
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn both_languages_have_the_same_keys_and_gaps() {
        let (chinese, english) = (Texts::of(Language::Chinese), Texts::of(Language::English));
        let keys = |texts: &Texts| texts.texts.keys().copied().collect::<BTreeSet<_>>();
        assert_eq!(keys(&chinese), keys(&english));
        for (key, text) in &chinese.texts {
            let gaps = |text: &str| text.matches("{}").count();
            assert_eq!(gaps(text), gaps(english.texts[key]), "{key}");
        }
    }

    #[test]
    fn texts_are_filled_in_order_and_unknown_keys_show_themselves() {
        let texts = Texts::of(Language::Chinese);
        assert_eq!(texts.fill("sheet.page", &[&1, &3]), "第 1 页 共 3 页");
        assert_eq!(texts.get("no.such"), "no.such");
        assert_eq!(texts.coded("pay", "cash"), "现金");
    }
}
