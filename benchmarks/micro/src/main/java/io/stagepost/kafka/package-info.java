/** Steps of the Kafka transport that only its own package sees. */
@NullMarked
package io.stagepost.kafka;

import org.jspecify.annotations.NullMarked;
