/** The contract suite run against the in-memory transport, whole and broken. */
@NullMarked
package io.stagepost.testkit.contract;

import org.jspecify.annotations.NullMarked;
