//! Random owner graphs and plans for them. A seed gives the same ones forever.

use asogate_core::change::Propagation;
use std::collections::BTreeSet;

/// The finalizer that no controller takes off.
pub(crate) const HELD: &str = "asogate.test/held";

/// Objects 0 and 1 are namespaces, object 2 is the definition of [`Kind::Own`] in graphs that have one. The rest is random.
pub(crate) const FIXED: usize = 3;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Namespace,
    /// The definition of [`Kind::Own`].
    Definition,
    ConfigMap,
    Secret,
    /// A custom kind in namespaces.
    Thing,
    /// A custom kind without namespaces.
    Global,
    /// A custom kind of the graph's own, whose definition may be deleted.
    Own,
}

impl Kind {
    pub(crate) fn is_namespaced(self) -> bool {
        matches!(
            self,
            Kind::ConfigMap | Kind::Secret | Kind::Thing | Kind::Own
        )
    }
}

/// An owner reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Owner {
    /// Number of the owner; none: a uid that nobody has.
    pub(crate) object: Option<usize>,
    /// `blockOwnerDeletion`.
    pub(crate) blocks: bool,
    /// The reference calls its owner by another name.
    pub(crate) misnamed: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Object {
    pub(crate) kind: Kind,
    /// 0 or 1.
    pub(crate) namespace: Option<usize>,
    pub(crate) owners: Vec<Owner>,
    pub(crate) finalizers: Vec<&'static str>,
}

/// What is done to one object of a graph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Deed {
    Delete(Propagation),
    /// Its owner references become these.
    Adopt(Vec<Owner>),
    /// All of its finalizers go.
    Free,
    /// It comes into being, with the owners that it has in [`Graph::objects`].
    Create,
}

/// A graph and what is to be done to it, in order.
#[derive(Clone, Debug)]
pub(crate) struct Graph {
    pub(crate) seed: u64,
    pub(crate) objects: Vec<Object>,
    pub(crate) deeds: Vec<(usize, Deed)>,
    /// Some of what happens depends on which controller is faster.
    pub(crate) races: bool,
    /// Every deed follows the one before at once, before anybody has reacted to it.
    pub(crate) impatient: bool,
    /// Whether object 2 exists.
    pub(crate) own_kind: bool,
}

/// What may occur in a graph.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Variety {
    /// A kind of its own, whose definition may be deleted. Then nothing is held, unless `held_kind` says so.
    pub(crate) own_kind: bool,
    /// The objects of the own kind may be held. The API server waits for those of five kinds at once only, a minute each.
    pub(crate) held_kind: bool,
    /// Finalizers of the garbage collector before anything is deleted, and owners that make races.
    pub(crate) races: bool,
    /// Races, and no time between the deeds.
    pub(crate) impatient: bool,
}

impl Graph {
    /// Nothing but what every graph has.
    pub(crate) fn empty(seed: u64) -> Graph {
        Graph {
            seed,
            objects: [Kind::Namespace, Kind::Namespace, Kind::Definition]
                .map(fixed)
                .into(),
            deeds: vec![],
            races: false,
            impatient: false,
            own_kind: false,
        }
    }

    pub(crate) fn random(seed: u64, variety: Variety) -> Graph {
        let mut dice = Dice(seed);
        let count = FIXED + 2 + dice.below(7);
        let Graph { mut objects, .. } = Graph::empty(seed);
        while objects.len() < count {
            let object = random_object(&mut dice, count, variety);
            objects.push(object);
        }
        let mut deeds = vec![];
        let mut done = BTreeSet::new();
        if dice.percent(15) {
            // Before all others: nothing can be created in a namespace that is being deleted.
            deeds.push((count - 1, Deed::Create));
            done.insert(count - 1);
        }
        for _ in 0..1 + dice.below(3) {
            let number = pick(&mut dice, count, variety);
            if done.insert(number) {
                deeds.push((number, random_deed(&mut dice, number, count)));
            }
        }
        let mut graph = Graph {
            seed,
            objects,
            deeds,
            races: variety.races || variety.impatient,
            impatient: variety.impatient,
            own_kind: variety.own_kind,
        };
        if !graph.races {
            graph.keep_out_of_races();
        }
        graph
    }

    /// Whether a deed of the plan creates the object.
    pub(crate) fn is_created_later(&self, number: usize) -> bool {
        self.deeds.contains(&(number, Deed::Create))
    }

    /// Whether an object has a reference to itself with `blockOwnerDeletion`.
    pub(crate) fn blocks_itself(&self) -> bool {
        let adopted = self.deeds.iter().filter_map(|(number, deed)| match deed {
            Deed::Adopt(owners) => Some((*number, owners)),
            _ => None,
        });
        let objects = self.objects.iter().enumerate();
        let mut all = objects
            .map(|(number, object)| (number, &object.owners))
            .chain(adopted);
        all.any(|(number, owners)| {
            let mut owners = owners.iter();
            owners.any(|owner| owner.blocks && owner.object == Some(number))
        })
    }

    /// What is known to depend on who is faster is left out. Each rule has its reason in `asogate_core::simulate`.
    fn keep_out_of_races(&mut self) {
        let is_namespaced: Vec<bool> = self
            .objects
            .iter()
            .map(|object| object.kind.is_namespaced())
            .collect();
        let namespaced = |owner: &Owner| {
            owner
                .object
                .is_some_and(|number| is_namespaced.get(number) == Some(&true))
        };
        let foreground = self
            .deeds
            .iter()
            .any(|(_, deed)| *deed == Deed::Delete(Propagation::Foreground));
        let deeds = self
            .deeds
            .iter_mut()
            .filter_map(|(number, deed)| match deed {
                Deed::Adopt(owners) => Some((*number, owners)),
                _ => None,
            });
        let objects = self.objects.iter_mut().enumerate();
        let objects = objects.map(|(number, object)| (number, &mut object.owners));
        for (number, owners) in objects.chain(deeds) {
            for owner in owners.iter_mut() {
                owner.blocks &= owner.object != Some(number);
            }
            if is_namespaced[number] {
                continue;
            }
            if let Some(only) = owners.iter().copied().find(|owner| namespaced(owner)) {
                *owners = vec![Owner {
                    blocks: false,
                    ..only
                }];
            }
        }
        // Whether an object that is held blocks the first or the last of several owners that wait; and whether it is looked
        // at while an owner waits that is held itself, and soon waits no longer.
        if foreground {
            let adopted = self.deeds.iter().filter_map(|(_, deed)| match deed {
                Deed::Adopt(owners) => Some(owners.clone()),
                _ => None,
            });
            let lists = self.objects.iter().map(|object| object.owners.clone());
            let shared: BTreeSet<usize> = lists
                .chain(adopted)
                .filter(|owners| owners.len() > 1)
                .flatten()
                .filter_map(|owner| owner.object)
                .collect();
            for number in shared {
                self.objects[number].finalizers.clear();
            }
            for object in &mut self.objects {
                if object.owners.len() > 1 {
                    object.finalizers.clear();
                }
            }
        }
        for (number, deed) in &mut self.deeds {
            if let Deed::Delete(propagation) = deed
                && *number < FIXED
            {
                *propagation = Propagation::Background;
            }
        }
    }
}

fn fixed(kind: Kind) -> Object {
    Object {
        kind,
        namespace: None,
        owners: vec![],
        finalizers: vec![],
    }
}

fn random_object(dice: &mut Dice, count: usize, variety: Variety) -> Object {
    let kind = match dice.below(8 + 4 * usize::from(variety.own_kind)) {
        0..=3 => Kind::ConfigMap,
        4 => Kind::Secret,
        5 => Kind::Thing,
        6 | 7 => Kind::Global,
        _ => Kind::Own,
    };
    let mut finalizers = vec![];
    if dice.percent(20) && variety.own_kind <= variety.held_kind {
        finalizers.push(HELD);
    }
    if (variety.races || variety.impatient) && dice.percent(20) {
        finalizers.push(["orphan", "foregroundDeletion"][dice.below(2)]);
    }
    Object {
        kind,
        namespace: kind.is_namespaced().then(|| dice.below(2)),
        owners: random_owners(dice, count),
        finalizers,
    }
}

fn random_owners(dice: &mut Dice, count: usize) -> Vec<Owner> {
    let mut owners: Vec<Owner> = vec![];
    for _ in 0..dice.below(4) {
        let object = Some(dice.below(count)).filter(|_| !dice.percent(12));
        if owners.iter().all(|owner| owner.object != object) {
            owners.push(Owner {
                object,
                blocks: dice.percent(50),
                misnamed: dice.percent(4),
            });
        }
    }
    owners
}

/// Containers are rarer than the rest, since they take so much along.
fn pick(dice: &mut Dice, count: usize, variety: Variety) -> usize {
    match dice.below(12) {
        0 => dice.below(2),
        1 | 2 if variety.own_kind => 2,
        _ => FIXED + dice.below(count - FIXED),
    }
}

fn random_deed(dice: &mut Dice, number: usize, count: usize) -> Deed {
    match dice.below(if number < FIXED { 8 } else { 10 }) {
        0..=3 => Deed::Delete(Propagation::Background),
        4 | 5 => Deed::Delete(Propagation::Foreground),
        6 | 7 => Deed::Delete(Propagation::Orphan),
        8 => Deed::Adopt(random_owners(dice, count)),
        _ => Deed::Free,
    }
}

/// Numbers that look random, from a seed (SplitMix64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut number = self.0;
        number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((number ^ (number >> 31)) >> 33) as usize % bound
    }

    fn percent(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }
}
