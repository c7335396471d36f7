package main

import (
	"crypto/sha256"
	"math/bits"
)

type hash = [sha256.Size]byte

// leafOf is the hash of an entry of a log (journal.md §4).
func leafOf(body []byte) hash {
	return sha256.Sum256(append([]byte{0}, body...))
}

// nodeOf is the hash over two hashes.
func nodeOf(left, right hash) hash {
	var data [1 + 2*sha256.Size]byte
	data[0] = 1
	copy(data[1:], left[:])
	copy(data[1+sha256.Size:], right[:])
	return sha256.Sum256(data[:])
}

// tree is that of RFC 9162 §2.1.1, as the roots of its perfect subtrees from the largest on.
type tree struct {
	size     int64
	frontier []hash
}

// append adds a leaf. It tells completed of the leaf (level 0) and of each root of a subtree of 256,
// 65,536 … leaves (level 1, 2 …) that is complete now: what tiles are made of (proofs.md §7).
func (t *tree) append(leaf hash, completed func(level int, node hash)) {
	completed(0, leaf)
	for height := 0; t.size>>height&1 == 1; height++ {
		last := len(t.frontier) - 1
		leaf, t.frontier = nodeOf(t.frontier[last], leaf), t.frontier[:last]
		if (height+1)%8 == 0 {
			completed((height+1)/8, leaf)
		}
	}
	t.frontier = append(t.frontier, leaf)
	t.size++
}

func (t *tree) root() hash {
	if t.size == 0 {
		return sha256.Sum256(nil)
	}
	root := t.frontier[len(t.frontier)-1]
	for n := len(t.frontier) - 2; n >= 0; n-- {
		root = nodeOf(t.frontier[n], root)
	}
	return root
}

func (t *tree) frontierBytes() []byte {
	var all []byte
	for _, node := range t.frontier {
		all = append(all, node[:]...)
	}
	return all
}

// inclusionHolds says whether a path leads from a leaf at an index to the root of a size
// (proofs.md §4, RFC 9162 §2.1.3.2).
func inclusionHolds(leaf hash, index, size uint64, path []hash, root hash) bool {
	if index >= size {
		return false
	}
	f, s := index, size-1
	for _, p := range path {
		if s == 0 {
			return false
		}
		if f&1 == 1 || f == s {
			leaf = nodeOf(p, leaf)
			for f&1 == 0 && f != 0 {
				f, s = f>>1, s>>1
			}
		} else {
			leaf = nodeOf(leaf, p)
		}
		f, s = f>>1, s>>1
	}
	return s == 0 && leaf == root
}

// consistencyHolds says whether a path proves that the log of one size and root became that of
// another (proofs.md §4, RFC 9162 §2.1.4.2).
func consistencyHolds(m uint64, a hash, n uint64, b hash, path []hash) bool {
	switch {
	case m > n:
		return false
	case m == n:
		return len(path) == 0 && a == b
	case m == 0:
		return len(path) == 0 && a == sha256.Sum256(nil)
	case bits.OnesCount64(m) == 1:
		path = append([]hash{a}, path...)
	}
	if len(path) == 0 {
		return false
	}
	f, s := m-1, n-1
	for f&1 == 1 {
		f, s = f>>1, s>>1
	}
	x, y := path[0], path[0]
	for _, p := range path[1:] {
		if s == 0 {
			return false
		}
		if f&1 == 1 || f == s {
			x, y = nodeOf(p, x), nodeOf(p, y)
			for f&1 == 0 && f != 0 {
				f, s = f>>1, s>>1
			}
		} else {
			y = nodeOf(y, p)
		}
		f, s = f>>1, s>>1
	}
	return s == 0 && x == a && y == b
}
