/**
 * What consumers need of a contract: consumer-driven contracts, as files that each consumer keeps.
 *
 * <p>{@link io.stagepost.asyncapi.expectation.Expectations} is the entry. A field that a consumer
 * needs is turned into the schema of a reader who needs nothing else, and that reader has to read
 * whatever the contract's schema allows to write.
 */
@NullMarked
package io.stagepost.asyncapi.expectation;

import org.jspecify.annotations.NullMarked;
