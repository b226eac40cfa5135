//! Fenced blocks of a Markdown text.

/// One fenced block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fence {
    /// What stands behind the opening fence: `yaml`, `console,controlplane`.
    pub(crate) info: String,
    /// Line of the opening fence, from 1.
    pub(crate) line: usize,
    /// The lines between the fences.
    pub(crate) text: String,
}

/// The fenced blocks, in order. A fence begins at the start of its line.
pub(crate) fn fences(markdown: &str) -> Vec<Fence> {
    let mut fences = Vec::new();
    let mut open: Option<Fence> = None;
    for (index, line) in markdown.lines().enumerate() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(info)) => {
                open = Some(Fence { info: info.trim().to_owned(), line: index + 1, text: String::new() });
            }
            (Some(_), Some("")) => fences.extend(open.take()),
            (Some(fence), _) => fence.text += &format!("{line}\n"),
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "a block is not closed: {open:?}");
    fences
}
