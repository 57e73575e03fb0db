/** Tests of the RabbitMQ transport, against real brokers. */
@NullMarked
package io.stagepost.amqp;

import org.jspecify.annotations.NullMarked;
