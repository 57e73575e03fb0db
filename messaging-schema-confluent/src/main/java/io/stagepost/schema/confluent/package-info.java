/**
 * A registry by way of Confluent's own client: {@link
 * io.stagepost.schema.confluent.ConfluentRegistry}. It links to what Confluent's classes show of
 * themselves and of the JDK only, so any of their versions from 7.0 on fits.
 */
@NullMarked
package io.stagepost.schema.confluent;

import org.jspecify.annotations.NullMarked;
