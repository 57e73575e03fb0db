/**
 * What every outbox that is measured has in common: a {@link
 * io.stagepost.benchmarks.contestant.outbox.Postbox} writes letters in transactions and relays them
 * when it is told to; {@link io.stagepost.benchmarks.contestant.outbox.PostboxDriver} has it do so,
 * by lines of text from the harness, which reads the topic and is the oracle.
 */
@NullMarked
package io.stagepost.benchmarks.contestant.outbox;

import org.jspecify.annotations.NullMarked;
