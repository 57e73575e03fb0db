package io.stagepost.asyncapi.importing;

import java.net.URI;
import org.jspecify.annotations.Nullable;

/**
 * What a contract says that neither topics nor schemas do. Immutable.
 *
 * @param title what the application is called; null: a comment asks
 * @param version of the contract
 * @param id the application's; null: none
 * @param owner the team; null: a comment asks
 * @param server where the broker is, as {@code kafka://host:9092}; null: none
 * @param registry the registry's address, without secrets; null if it has none that others reach
 * @param action what the application does with each channel
 */
public record Heading(
    @Nullable String title,
    String version,
    @Nullable String id,
    @Nullable String owner,
    @Nullable URI server,
    @Nullable String registry,
    Action action) {
  /** What an application does with a channel, which topics and schemas do not tell. */
  public enum Action {
    /** It sends. */
    SEND,
    /** It receives. */
    RECEIVE,
    /** Nobody says: the contract has no operations. */
    NONE
  }
}
