;; A policy that would like to see random numbers. Everything that does not fit is told at once, and nothing of it runs.
;; expect load: it imports `wasi:random/random@0.2.6`; a policy imports nothing (build for `wasm32-unknown-unknown`, which has no WASI)
;; expect load: it does not export `asogate:policy/policy@0.1.x`, but nothing

(component
  (import "wasi:random/random@0.2.6"
    (instance (export "get-random-u64" (func (result u64))))))
