/**
 * Java of contracts: records for what messages carry, forms that read and write them, an event type
 * for each message, a publisher for what an application sends, an interface of handlers for what it
 * receives, and the policies that a contract asks for.
 *
 * <pre>
 *   contracts ─ schemas ─ shapes ┬ records, enums, sealed interfaces
 *        │                       └ forms (JSON without reflection)
 *        └ terms ─ event types, policies, publisher, handlers
 * </pre>
 *
 * {@link io.stagepost.asyncapi.generate.Generator} is the entry. What cannot be right is not
 * written: it is a finding, with its place. The same contracts give the same files, byte for byte.
 */
@NullMarked
package io.stagepost.asyncapi.generate;

import org.jspecify.annotations.NullMarked;
