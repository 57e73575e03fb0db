/** The RabbitMQ transport, over AMQP 1.0. */
@NullMarked
package io.stagepost.amqp;

import org.jspecify.annotations.NullMarked;
