//! Templates of Go, as far as definitions of meters use them: conditions on parameters, parameters put
//! in, and included pieces, which are left out.
//!
//! What is expanded keeps its lines: each line of the result knows which line of the template it came of.

use std::collections::BTreeMap;

use crate::import::MAX_DEPTH;

/// A template that was expanded.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Expanded {
    pub(super) text: String,
    /// For each line of the text, the line of the template it came of, from 0.
    pub(super) lines: Vec<usize>,
    /// What was not understood, by the line of the template; its body was left out.
    pub(super) unknown: Vec<(usize, String)>,
    /// Parameters on which a condition depended, by the line of the template.
    pub(super) decided: Vec<(usize, String)>,
}

/// Expands `template` with these values of parameters; others are empty.
pub(super) fn expand(template: &str, values: &BTreeMap<&str, &str>) -> Expanded {
    let mut run = Run {
        values,
        out: Expanded { lines: vec![0], ..Expanded::default() },
        blocks: Vec::new(),
        trim_next: false,
    };
    let mut rest = template;
    let mut line = 0;
    while let Some((before, after)) = rest.split_once("{{") {
        let Some((action, tail)) = after.split_once("}}") else { break };
        let trims_before = action.starts_with('-');
        run.write(before, line);
        line += before.matches('\n').count();
        if trims_before {
            run.trim_end();
        }
        let inner = action.strip_prefix('-').unwrap_or(action);
        let inner = inner.strip_suffix('-').unwrap_or(inner).trim();
        run.action(inner, line);
        run.trim_next = action.ends_with('-') && action.len() > 1;
        line += action.matches('\n').count();
        rest = tail;
    }
    run.write(rest, line);
    run.out
}

/// A condition that is open.
struct Block {
    /// Is what stands here now part of the result?
    active: bool,
    /// Was one branch taken already, or may none be?
    done: bool,
}

struct Run<'v> {
    values: &'v BTreeMap<&'v str, &'v str>,
    out: Expanded,
    blocks: Vec<Block>,
    trim_next: bool,
}

impl Run<'_> {
    fn is_active(&self) -> bool {
        self.blocks.iter().all(|block| block.active)
    }

    fn write(&mut self, text: &str, line: usize) {
        let trims = std::mem::take(&mut self.trim_next);
        if !self.is_active() {
            return;
        }
        let kept = if trims { text.trim_start() } else { text };
        let mut line = line + text.matches('\n').count() - kept.matches('\n').count();
        for (i, piece) in kept.split('\n').enumerate() {
            if i > 0 {
                line += 1;
                self.out.text.push('\n');
                self.out.lines.push(line);
            }
            self.piece(piece, line);
        }
    }

    /// A part of a line. A line is where its first character that is no blank stands.
    fn piece(&mut self, piece: &str, line: usize) {
        let start = self.out.text.rfind('\n').map_or(0, |at| at + 1);
        let is_blank = self.out.text.get(start..).is_none_or(|begun| begun.trim().is_empty());
        if is_blank && let Some(last) = self.out.lines.last_mut() {
            *last = line;
        }
        self.out.text.push_str(piece);
    }

    fn trim_end(&mut self) {
        if !self.is_active() {
            return;
        }
        let kept = self.out.text.trim_end().len();
        let gone = self.out.text.get(kept..).unwrap_or_default().matches('\n').count();
        self.out.text.truncate(kept);
        self.out.lines.truncate(self.out.lines.len().saturating_sub(gone).max(1));
    }

    fn action(&mut self, action: &str, line: usize) {
        let (word, rest) = action.split_once(char::is_whitespace).unwrap_or((action, ""));
        let rest = rest.trim();
        match word {
            "if" => {
                let outer = self.is_active();
                let holds = outer && self.holds(rest, line);
                self.blocks.push(Block { active: holds, done: holds || !outer });
            }
            "else" => {
                let condition = rest.strip_prefix("if").map(str::trim);
                let Some(mut block) = self.blocks.pop() else {
                    return self.out.unknown.push((line, action.to_owned()));
                };
                let may = !block.done && self.is_active();
                let holds = may && condition.is_none_or(|condition| self.holds(condition, line));
                block.active = holds;
                block.done |= holds;
                self.blocks.push(block);
            }
            "end" => {
                if self.blocks.pop().is_none() {
                    self.out.unknown.push((line, action.to_owned()));
                }
            }
            "range" | "with" | "block" | "define" => {
                if self.is_active() {
                    self.out.unknown.push((line, action.to_owned()));
                }
                self.blocks.push(Block { active: false, done: true });
            }
            // The settings of the line: a profile has them elsewhere.
            "include" | "template" => {}
            _ if word.starts_with("/*") || !self.is_active() => {}
            _ => {
                let name = word.strip_prefix('.').filter(|_| rest.is_empty());
                match name {
                    Some(name) => {
                        let value = self.values.get(name).copied().unwrap_or_default().to_owned();
                        self.piece(&value, line);
                    }
                    None => self.out.unknown.push((line, action.to_owned())),
                }
            }
        }
    }

    fn holds(&mut self, condition: &str, line: usize) -> bool {
        let mut tokens = tokens(condition);
        tokens.reverse();
        let value = self.expression(&mut tokens, line, 0);
        match value.filter(|_| tokens.is_empty()) {
            Some(value) => is_true(&value),
            None => {
                self.out.unknown.push((line, format!("if {condition}")));
                false
            }
        }
    }

    /// A call of a function with its arguments, or one value; `tokens` has the next one last.
    fn expression(
        &mut self,
        tokens: &mut Vec<String>,
        line: usize,
        depth: usize,
    ) -> Option<String> {
        let word = tokens.last()?.clone();
        if !matches!(word.as_str(), "eq" | "ne" | "and" | "or" | "not") {
            return self.operand(tokens, line, depth);
        }
        tokens.pop();
        let mut arguments = Vec::new();
        while tokens.last().is_some_and(|token| token != ")") {
            arguments.push(self.operand(tokens, line, depth)?);
        }
        let (first, others) = arguments.split_first()?;
        let told = |value: bool| Some(value.to_string());
        match word.as_str() {
            "eq" if !others.is_empty() => told(others.iter().any(|other| other == first)),
            "ne" if others.len() == 1 => told(others.first() != Some(first)),
            "and" => told(arguments.iter().all(|value| is_true(value))),
            "or" => told(arguments.iter().any(|value| is_true(value))),
            "not" if others.is_empty() => told(!is_true(first)),
            _ => None,
        }
    }

    fn operand(&mut self, tokens: &mut Vec<String>, line: usize, depth: usize) -> Option<String> {
        let token = tokens.pop()?;
        if token == "(" {
            let inner = (depth < MAX_DEPTH).then(|| self.expression(tokens, line, depth + 1))??;
            return (tokens.pop()? == ")").then_some(inner);
        }
        if let Some(name) = token.strip_prefix('.') {
            self.out.decided.push((line, name.to_owned()));
            return Some(self.values.get(name).copied().unwrap_or_default().to_owned());
        }
        let text = token.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
        let is_number = token.starts_with(|c: char| c.is_ascii_digit() || c == '-');
        let is_word = matches!(token.as_str(), "true" | "false");
        text.map(str::to_owned).or_else(|| (is_number || is_word).then_some(token))
    }
}

/// What counts as true: anything but nothing, nought and `false`.
fn is_true(value: &str) -> bool {
    !matches!(value, "" | "0" | "false")
}

/// Words, texts with their quotes, and parentheses.
fn tokens(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut word = String::new();
    let mut quoted = false;
    for c in text.chars() {
        if quoted || c == '"' {
            word.push(c);
            quoted ^= c == '"';
            continue;
        }
        if c.is_whitespace() || matches!(c, '(' | ')') {
            if !word.is_empty() {
                found.push(std::mem::take(&mut word));
            }
            if !c.is_whitespace() {
                found.push(c.to_string());
            }
        } else {
            word.push(c);
        }
    }
    if !word.is_empty() {
        found.push(word);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(template: &str, values: &[(&str, &str)]) -> Expanded {
        expand(template, &values.iter().copied().collect())
    }

    #[test]
    fn conditions_choose_and_lines_are_kept() {
        let template = "a: 1\n{{- if eq .usage \"pv\" }}\nb: 2\n{{- else if or (eq .usage \"grid\") .x }}\nb: 3\n\
                        {{- else }}\nb: 4\n{{- end }}\nc: {{ .x }}\n";
        for (usage, expected) in [("pv", "b: 2"), ("grid", "b: 3"), ("battery", "b: 4")] {
            let expanded = run(template, &[("usage", usage)]);
            assert_eq!(expanded.text, format!("a: 1\n{expected}\nc: \n"));
            assert_eq!(expanded.lines.first(), Some(&0));
            assert_eq!(expanded.lines.get(2), Some(&8), "{:?}", expanded.lines);
        }
        let expanded = run(template, &[("usage", "battery"), ("x", "7")]);
        assert_eq!(expanded.text, "a: 1\nb: 3\nc: 7\n");
        assert_eq!(expanded.lines, [0, 4, 8, 9]);
    }

    #[test]
    fn what_is_not_understood_is_told_and_left_out() {
        let expanded = run(
            "a\n{{ range .x }}\nb\n{{ end }}\n{{ if lt .a 3 }}c{{ end }}{{ .a | quote }}d",
            &[],
        );
        assert_eq!(expanded.text, "a\n\n\nd".replace("\n\n\n", "\n\n"));
        let told: Vec<_> =
            expanded.unknown.iter().map(|(line, what)| (*line, what.as_str())).collect();
        assert_eq!(told, [(1, "range .x"), (4, "if lt .a 3"), (4, ".a | quote")]);
        for odd in [
            "{{",
            "{{ if",
            "{{ end }}",
            "{{ else }}",
            "{{-}}",
            "{{--}}",
            "{{ if ( }}{{ end }}",
            "{{ if \" }}",
        ] {
            let _ = run(odd, &[]);
        }
        let deep = format!("{{{{ if {}.a }}}}x{{{{ end }}}}", "(".repeat(100_000));
        assert_eq!(run(&deep, &[("a", "1")]).text, "");
    }
}
