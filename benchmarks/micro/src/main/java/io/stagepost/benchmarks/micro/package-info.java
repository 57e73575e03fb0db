/**
 * JMH benchmarks of single steps of both roads, without a broker: how long each takes, and above
 * all how many bytes it allocates, which other work on the machine does not change.
 */
@NullMarked
package io.stagepost.benchmarks.micro;

import org.jspecify.annotations.NullMarked;
