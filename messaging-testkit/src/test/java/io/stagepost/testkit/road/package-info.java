/** The roads, end to end over the in-memory transport, in a manual clock's time. */
@NullMarked
package io.stagepost.testkit.road;

import org.jspecify.annotations.NullMarked;
