;; Asks for a relation that this host does not have.
;; expect reads: policy `hostile` 1.2.3 broke in `reads`: table `azure.microsoft.com` asks for the relation `*`, which this version of asogate does not know

(func (export "asogate:policy/policy@0.1.0#reads") (type $reads)
  ;; A relation's name stands where an object selector has its group; shift the fields by one.
  (i32.store8 (i32.const 0x400) (i32.const 1))
  (i32.store (i32.const 0x404) (i32.const 0x190))
  (i32.store (i32.const 0x408) (i32.const 19))
  (i32.store (i32.const 0x40c) (i32.const 0x1b0))
  (i32.store (i32.const 0x410) (i32.const 1))
  (i32.const 0x480))
