/** Tests of what the CloudEvents bindings have in common. */
@NullMarked
package io.stagepost.cloudevents;

import org.jspecify.annotations.NullMarked;
