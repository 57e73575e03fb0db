/**
 * Spring AMQP as a contestant, in a module of its own since it brings its own clients of RabbitMQ.
 */
@NullMarked
package io.stagepost.benchmarks.springamqp;

import org.jspecify.annotations.NullMarked;
