//! What one requested change has set off so far: the value that `cascade` works on.

use super::{Cause, Effect};
use crate::change::Propagation;
use crate::object::{ObjectId, ObjectKey};
use hashbrown::HashMap;
use std::collections::VecDeque;

/// An object that is to go.
pub(super) struct Doom {
    pub(super) object: ObjectId,
    pub(super) cause: Cause,
    pub(super) path: Vec<ObjectId>,
    /// What the delete says about dependents; none: its finalizers decide.
    pub(super) propagation: Option<Propagation>,
    /// The object whose foreground deletion takes this one along, and thus waits for it.
    pub(super) leader: Option<ObjectId>,
    pub(super) unread: Vec<ObjectKey>,
}

impl Doom {
    pub(super) fn new(object: ObjectId, cause: Cause) -> Doom {
        Doom {
            object,
            cause,
            path: vec![],
            propagation: None,
            leader: None,
            unread: vec![],
        }
    }
}

/// How a dependent lost an owner.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Loss {
    /// The owner is gone.
    Gone,
    /// The owner is deleted in foreground and waits.
    Waiting,
    /// The owner gave its dependents free.
    Orphaned,
}

/// Owners that one dependent lost while a wave ran.
#[derive(Default)]
pub(super) struct Losses {
    /// Owner, position of the reference, and how.
    pub(super) lost: Vec<(ObjectId, u32, Loss)>,
    /// Whether one of the owners went or waits: then the garbage collector looks at the dependent.
    pub(super) is_collected: bool,
    /// The last owner that waits.
    pub(super) waiting: Option<ObjectId>,
}

impl Losses {
    pub(super) fn has_waiting(&self) -> bool {
        self.waiting.is_some()
    }
}

/// An object that the wave took, in the order in which it did.
pub(super) struct Taken {
    pub(super) doom: Doom,
    pub(super) level: usize,
    pub(super) already_terminating: bool,
}

/// What one requested change sets off.
#[derive(Default)]
pub(super) struct Wave {
    pub(super) position: usize,
    /// The requested change, if its effect is part of the wave, with the propagation that it asked for.
    pub(super) requested: Option<(usize, Option<Propagation>)>,
    pub(super) level: usize,
    pub(super) taken: Vec<Taken>,
    pub(super) losses: HashMap<ObjectId, Losses>,
    /// Dependents that lost an owner since they were last judged.
    pub(super) reached: Vec<ObjectId>,
    /// Deleted objects that may be able to go now, with the object that held them until now.
    pub(super) pending: VecDeque<(ObjectId, Option<ObjectId>)>,
    /// Objects that an earlier change left terminating and that go now.
    pub(super) completed: Vec<ObjectId>,
    /// The one of them whose last finalizer the requested change took off.
    pub(super) resumed: Option<ObjectId>,
    /// The leader of every object that is deleted in foreground (see [`Doom::leader`]); it leads itself if no other one does.
    pub(super) leaders: HashMap<ObjectId, ObjectId>,
    pub(super) unlinked: Vec<Effect>,
}

impl Wave {
    /// The wave of the requested change at `position`, which is itself its first effect.
    pub(super) fn requested(position: usize, propagation: Option<Propagation>) -> Wave {
        Wave {
            requested: Some((position, propagation)),
            ..Wave::consequences(position)
        }
    }

    /// The wave of the consequences of the change at `position`, whose own effect stands already.
    pub(super) fn consequences(position: usize) -> Wave {
        Wave {
            position,
            ..Wave::default()
        }
    }

    /// An object that was left terminating may be able to go.
    pub(super) fn resume(&mut self, object: ObjectId) {
        self.resumed = Some(object);
        self.pending.push_back((object, None));
    }

    /// The owner of an object that blocks it no longer may be able to go.
    pub(super) fn freed(&mut self, owner: ObjectId, by: ObjectId) {
        self.pending.push_back((owner, Some(by)));
    }
}
