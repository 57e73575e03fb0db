/**
 * The key-lane engine: one for every transport.
 *
 * <p>Deliveries flow in through {@link io.stagepost.spi.Intake#offer}, wait in the lane of their
 * key, travel the consume road one at a time per lane, and are settled. Lanes run in parallel, up
 * to the limit of concurrency.
 *
 * <pre>
 *              offer              a worker takes it            settled, lane empty
 *   (no lane) ───────▶ READY ───────────────────────▶ RUNNING ────────────────────▶ (no lane)
 *                        ▲                             │   │
 *                        ├── settled, more waiting ────┘   │ to be tried again
 *                        └──────── delay over ── BACKOFF ◀─┘
 * </pre>
 *
 * <p>Invariants, each kept under the engine's one lock, which is never held while user code runs:
 *
 * <ol>
 *   <li>A lane is in at most one of the states above, so its deliveries never overlap, and they
 *       start in the order of their offers (rule D04).
 *   <li>Deliveries and bytes in flight never exceed their bounds, nor a lane its share (D09); a
 *       single delivery larger than the bound is taken alone.
 *   <li>A delivery is settled exactly when its passage has ended, and never otherwise (D03).
 *   <li>A passage of an assignment that has ended is not started (D11); a lane whose handler runs
 *       stays RUNNING until that run has ended, whoever the partition belongs to by then.
 *   <li>A lane without deliveries does not exist: idle keys cost nothing.
 *   <li>A lane that waits, in BACKOFF or for an asynchronous handler, holds no thread.
 * </ol>
 */
@NullMarked
package io.stagepost.internal.engine;

import org.jspecify.annotations.NullMarked;
