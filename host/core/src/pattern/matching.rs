//! Whether an event meets all conditions of a pattern.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use super::Condition;
use super::alternative::Alternative;
use super::event::{Element, EventFields, FieldValue};

/// Whether all conditions are met by values that belong together: of each list of the event, by values of one element.
/// It is a depth-first search over the choices of elements, which tries none twice.
///
/// `field_indices` are the indices of the conditions' fields. Conditions are taken in their order, and an absent field
/// has to be absent from the elements that earlier conditions have chosen, as in EventBridge.
pub(super) fn is_met(conditions: &[Condition], field_indices: &[usize], event: &EventFields<'_>) -> bool {
    let last_use = last_use(field_indices, event);
    let mut tried: HashSet<(usize, Vec<Element>)> = HashSet::new();
    let mut open = vec![(0, Vec::new())];
    while let Some((index, chosen)) = open.pop() {
        let Some((condition, &field)) = conditions.get(index).zip(field_indices.get(index)) else { return true };
        let next = index + 1;
        let mut go_on = |mut chosen: Vec<Element>| {
            // A list that no later condition asks for cannot be contradicted any more.
            chosen.retain(|(list, _)| last_use.get(list).is_some_and(|&last| last >= next));
            if tried.insert((next, chosen.clone())) {
                open.push((next, chosen));
            }
        };
        let mut is_absent = true;
        for value in event.values(field).iter().filter(|value| belongs(value, &chosen)) {
            is_absent = false;
            if condition.alternatives.iter().any(|alternative| alternative.takes(&value.value)) {
                go_on(with(&chosen, &value.elements));
            }
        }
        if is_absent && condition.alternatives.iter().any(|alternative| matches!(alternative, Alternative::Absent)) {
            go_on(chosen);
        }
    }
    false
}

/// For each list of the event, the last condition that asks for something in it.
fn last_use(field_indices: &[usize], event: &EventFields<'_>) -> HashMap<usize, usize> {
    let mut last_use = HashMap::new();
    for (condition, &field) in field_indices.iter().enumerate() {
        let mut before: Option<&Rc<[Element]>> = None;
        for FieldValue { elements, .. } in event.values(field) {
            // Most values lie in the same elements as the one before.
            if !before.is_some_and(|before| Rc::ptr_eq(before, elements)) {
                last_use.extend(elements.iter().map(|&(list, _)| (list, condition)));
            }
            before = Some(elements);
        }
    }
    last_use
}

/// Whether a value agrees with the chosen elements: it lies in no other element of the same list.
fn belongs(value: &FieldValue<'_>, chosen: &[Element]) -> bool {
    value.elements.iter().all(|(list, index)| {
        let other = chosen.iter().find(|(chosen, _)| chosen == list);
        other.is_none_or(|(_, chosen)| chosen == index)
    })
}

fn with(chosen: &[Element], elements: &[Element]) -> Vec<Element> {
    let mut both = chosen.to_vec();
    both.extend(elements.iter().filter(|element| !chosen.contains(element)));
    // Sorted, so that an equal choice is recognised.
    both.sort_unstable();
    both
}
