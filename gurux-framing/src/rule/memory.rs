//! [`Memory`]: what a deframer remembers of the front of the buffer.

use super::check::Running;

/// For so many rules it is remembered where they have looked; those beyond look again, each over
/// its longest frame at most.
const REMEMBERED: usize = 8;

/// What is remembered of the octets at the front of the buffer, so that nothing is looked at
/// twice.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Memory {
    /// The rules before this one do not fit the front of the buffer.
    pub(super) rule: usize,
    /// For each of the first rules: no end marker of it begins before this octet of the possible
    /// frame, its start marker aside.
    clear_to: [usize; REMEMBERED],
    /// Does one begin there?
    marker_there: bool,
    /// The end markers before this octet of the possible frame do not end it.
    tried_to: usize,
    /// The check sum up to the last end that was tried.
    running: Option<Running>,
    /// Octets that went through a check sum.
    pub(super) checked: u64,
    /// Octets that were looked at for an end marker.
    pub(super) searched: u64,
}

impl Memory {
    /// The frame does not follow this rule; the next one is tried.
    pub(super) fn next_rule(&mut self) {
        self.rule = self.rule.wrapping_add(1);
        self.next_frame();
    }

    /// Octets left the front of the buffer, with all that begins in them. The possible frame that
    /// was looked at last now begins at least `used` octets before the next one.
    pub(super) fn drop_front(&mut self, used: usize) {
        self.rule = 0;
        for clear_to in &mut self.clear_to {
            *clear_to = clear_to.saturating_sub(used);
        }
        self.next_frame();
    }

    /// Nothing is known of the front of the buffer.
    pub(super) fn forget(&mut self) {
        self.rule = 0;
        self.clear_to = [0; REMEMBERED];
        self.next_frame();
    }

    fn next_frame(&mut self) {
        self.marker_there = false;
        self.tried_to = 0;
        self.running = None;
    }

    /// Where the search for end markers of the present rule goes on, for a rule whose markers lie
    /// where they lie, and for one that counts from the beginning of the frame.
    pub(super) fn search_from(&self, content: usize, counts: bool) -> usize {
        let clear_to = match self.clear_to.get(self.rule) {
            Some(&clear_to) if !counts => clear_to,
            _ => 0,
        };
        content.max(self.tried_to).max(clear_to)
    }

    /// So many octets were looked at for an end marker.
    pub(super) fn searched(&mut self, octets: usize) {
        self.searched = self.searched.saturating_add(octets as u64);
    }

    /// No end marker begins before `at` that was not tried.
    pub(super) fn searched_to(&mut self, at: usize) {
        if !self.marker_there
            && let Some(clear_to) = self.clear_to.get_mut(self.rule)
        {
            *clear_to = at.max(*clear_to);
        }
        self.tried_to = at;
    }

    /// An end marker begins at `at`, whoever began before it.
    pub(super) fn marker_at(&mut self, at: usize) {
        self.searched_to(at);
        self.marker_there = true;
    }

    /// So many octets went through a check sum.
    pub(super) fn checked(&mut self, octets: usize) {
        self.checked = self.checked.saturating_add(octets as u64);
    }

    /// The check sum up to the last end that was tried.
    pub(super) fn take_running(&mut self) -> Option<Running> {
        self.running.take()
    }

    /// The check sum up to an end that is tried now.
    pub(super) fn keep_running(&mut self, running: Running) {
        self.running = Some(running);
    }
}
