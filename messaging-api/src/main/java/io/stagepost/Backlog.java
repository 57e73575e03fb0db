package io.stagepost;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What lies in one partition of an address and is still to be done. Immutable.
 *
 * @param address the topic or queue
 * @param partition its partition there; empty where the transport has none
 * @param messages how many; a transport that counts positions may count a few that hold no message,
 *     such as the marks of transactions
 * @param oldest the time of the first of them, the broker's or the publisher's; null if there is
 *     none, or it bears no time
 */
public record Backlog(String address, String partition, long messages, @Nullable Instant oldest) {}
