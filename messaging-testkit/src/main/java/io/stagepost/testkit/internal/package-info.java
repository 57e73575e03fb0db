/** What the security tests of several transports share; no API. */
@NullMarked
package io.stagepost.testkit.internal;

import org.jspecify.annotations.NullMarked;
