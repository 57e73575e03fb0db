package io.stagepost.spi;

import java.time.Duration;
import java.util.Set;

/**
 * What a receiver is to fetch.
 *
 * @param subscription the subscription's name: the consumer group. Every subscription gets every
 *     message of an address; receivers of equal name share them
 * @param addresses where from
 * @param drain how long an orderly hand-over waits for running handlers at most
 */
public record Reception(String subscription, Set<String> addresses, Duration drain) {}
