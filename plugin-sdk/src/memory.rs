//! The allocator of a plugin: small blocks from free lists, the rest from std's.
//!
//! Every value that crosses the border is allocated and freed again, a few dozen bytes each; that is most of what a small filter
//! does. A free list for each size makes both a handful of instructions. Small memory is kept for the next call and never given
//! back, which the gateway bounds by retiring instances that have grown.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::UnsafeCell;

/// Blocks of 16, 32, … 4096 bytes.
const CLASSES: usize = 9;
const SMALLEST_LOG2: u32 = 4;
/// What small blocks are cut from.
const CHUNK: usize = 16 * 1024;
const ALIGN: usize = 16;

/// The allocator.
pub(crate) struct FreeLists(UnsafeCell<State>);

struct State {
    /// The first free block of each class; its first word points to the next one.
    free: [*mut u8; CLASSES],
    /// What is left of the chunk.
    rest: *mut u8,
    left: usize,
}

// SAFETY: a guest without shared memory has one thread.
unsafe impl Sync for FreeLists {}

impl FreeLists {
    pub(crate) const fn new() -> FreeLists {
        FreeLists(UnsafeCell::new(State { free: [std::ptr::null_mut(); CLASSES], rest: std::ptr::null_mut(), left: 0 }))
    }
}

/// The class of a layout; `None` for what std's allocator serves. It depends on nothing else, so that a block goes back to where
/// it came from.
#[inline]
fn class(layout: Layout) -> Option<usize> {
    let log2 = usize::BITS - layout.size().saturating_sub(1).leading_zeros();
    let class = log2.saturating_sub(SMALLEST_LOG2) as usize;
    (class < CLASSES && layout.align() <= ALIGN).then_some(class)
}

/// Cuts a block from the chunk, or from a new one.
#[cold]
unsafe fn cut(state: &mut State, class: usize) -> *mut u8 {
    let size = 1 << (class + SMALLEST_LOG2 as usize);
    if state.left < size {
        // SAFETY: the layout is a constant of a size above 0 and a power of two.
        let chunk = unsafe { System.alloc(Layout::from_size_align_unchecked(CHUNK, ALIGN)) };
        if chunk.is_null() {
            return chunk;
        }
        (state.rest, state.left) = (chunk, CHUNK);
    }
    let block = state.rest;
    // SAFETY: `size` bytes are left in the chunk.
    state.rest = unsafe { block.add(size) };
    state.left -= size;
    block
}

// SAFETY: blocks of a class are as large as the class and aligned to 16 bytes, lie in no two places, and are handed out again only
// after they were freed.
unsafe impl GlobalAlloc for FreeLists {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let Some(class) = class(layout) else {
            // SAFETY: passed on as it came.
            return unsafe { System.alloc(layout) };
        };
        // SAFETY: one thread, and nothing here calls back.
        let state = unsafe { &mut *self.0.get() };
        let block = state.free[class];
        if block.is_null() {
            // SAFETY: as above.
            return unsafe { cut(state, class) };
        }
        // SAFETY: a free block holds the address of the next.
        state.free[class] = unsafe { block.cast::<*mut u8>().read() };
        block
    }

    #[inline]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        let Some(class) = class(layout) else {
            // SAFETY: it came from there.
            return unsafe { System.dealloc(block, layout) };
        };
        // SAFETY: one thread; the block is free from now on and large enough for an address.
        unsafe {
            let state = &mut *self.0.get();
            block.cast::<*mut u8>().write(state.free[class]);
            state.free[class] = block;
        }
    }

    #[inline]
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller vouches for the size, rounded up to the alignment.
        let new = unsafe { Layout::from_size_align_unchecked(size, layout.align()) };
        match (class(layout), class(new)) {
            (Some(old), Some(new)) if old == new => block,
            // SAFETY: passed on as it came.
            (None, None) => unsafe { System.realloc(block, layout, size) },
            // SAFETY: both blocks are valid for the smaller of the sizes and lie apart.
            _ => unsafe {
                let moved = self.alloc(new);
                if !moved.is_null() {
                    std::ptr::copy_nonoverlapping(block, moved, layout.size().min(size));
                    self.dealloc(block, layout);
                }
                moved
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_apart_aligned_and_used_again() {
        let memory = FreeLists::new();
        let mut live: Vec<(*mut u8, Layout, u8)> = Vec::new();
        for round in 0..5000_usize {
            let layout = Layout::from_size_align(round * 37 % 9000 + 1, 1 << (round % 6)).unwrap();
            // SAFETY: the layout has a size.
            let block = unsafe { memory.alloc(layout) };
            assert_eq!(block as usize % layout.align(), 0);
            // SAFETY: the block is that large.
            unsafe { block.write_bytes(round as u8, layout.size()) };
            live.push((block, layout, round as u8));
            if live.len() > 40 {
                let (block, layout, mark) = live.swap_remove(round % 40);
                // SAFETY: it is live and that large.
                let bytes = unsafe { std::slice::from_raw_parts(block, layout.size()) };
                assert!(bytes.iter().all(|byte| *byte == mark), "another block wrote here");
                let size = layout.size() * 2;
                // SAFETY: it is live, and its layout is the one it was made with.
                let grown = unsafe { memory.realloc(block, layout, size) };
                // SAFETY: as above.
                let bytes = unsafe { std::slice::from_raw_parts(grown, layout.size()) };
                assert!(bytes.iter().all(|byte| *byte == mark), "growing lost bytes");
                // SAFETY: as above.
                unsafe { memory.dealloc(grown, Layout::from_size_align(size, layout.align()).unwrap()) };
            }
        }
    }

    #[test]
    fn a_freed_block_is_the_next_one_of_its_size() {
        let memory = FreeLists::new();
        let layout = Layout::from_size_align(100, 8).unwrap();
        // SAFETY: the layout has a size, and the block is freed with it.
        unsafe {
            let one = memory.alloc(layout);
            memory.dealloc(one, layout);
            assert_eq!(memory.alloc(Layout::from_size_align(65, 1).unwrap()), one);
            assert_ne!(memory.alloc(layout), one);
        }
    }
}
