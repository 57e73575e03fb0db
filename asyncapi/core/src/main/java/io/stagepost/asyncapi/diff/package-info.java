/**
 * What changed between two versions of a contract, and whom it breaks.
 *
 * <p>{@link io.stagepost.asyncapi.diff.ContractDiff} is the entry. Every change has two verdicts:
 * for those who publish to the channel and for those who subscribe to it. Which of them are the
 * counterparts, who cannot be asked, depends on whether the contract's application sends or
 * receives: that decides how bad a change is.
 *
 * <p>Parts are matched by what is on the wire (addresses, event types) before names. Whatever
 * differs is told: what no rule understands counts as unknown, never as safe. Payloads are compared
 * by {@link io.stagepost.schema.compatibility.Compatibility}.
 */
@NullMarked
package io.stagepost.asyncapi.diff;

import org.jspecify.annotations.NullMarked;
