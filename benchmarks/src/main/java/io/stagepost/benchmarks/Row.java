package io.stagepost.benchmarks;

import io.stagepost.benchmarks.contestant.Load;
import io.stagepost.benchmarks.contestant.Work;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One comparison: the same work, done by us and by others.
 *
 * @param name for {@code --only} and for the JSON
 * @param broker on which
 * @param what what is done, for people
 * @param quick whether {@code --quick} includes it
 * @param load the events
 * @param fresh whether each run gets an empty channel to publish to, instead of a filled one to
 *     consume
 * @param work what the handler does
 * @param ours our contestant
 * @param others whom it is compared with
 * @param ofBound the least share of the bound min(1/(p₁·d), C/d) that the project aims for, p₁
 *     being the hottest key's share, d the time that the handler waits, C the concurrency; null
 *     where that is not asked
 */
record Row(
    String name,
    Broker.Kind broker,
    String what,
    boolean quick,
    Load load,
    boolean fresh,
    Work work,
    Contender ours,
    List<Contender> others,
    @Nullable Double ofBound) {}
