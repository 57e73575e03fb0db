/**
 * What the CloudEvents bindings of the transports have in common: the attributes of an event that
 * is being read, the JSON event format, timestamps and media types.
 *
 * <p>For the transports and the tools only; not an API: it changes as they need it.
 */
@NullMarked
package io.stagepost.cloudevents;

import org.jspecify.annotations.NullMarked;
