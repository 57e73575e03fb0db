/**
 * SmallRye Reactive Messaging as a contestant, in a module of its own since it brings its own Kafka
 * client.
 */
@NullMarked
package io.stagepost.benchmarks.smallrye;

import org.jspecify.annotations.NullMarked;
