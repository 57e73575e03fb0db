/** The command, mostly as a process of its own, beside real databases and brokers. */
@NullMarked
package io.stagepost.outbox.relay;

import org.jspecify.annotations.NullMarked;
