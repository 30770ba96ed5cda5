/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.download;

import jakarta.servlet.ServletResponse;
import jakarta.servlet.ServletResponseWrapper;
import java.util.List;

/**
 * Determines whether a response is written to the container's own stream. Filters may wrap that stream, to count, to
 * buffer or to compress; most of their streams accept a write listener and never call it.
 */
final class ContainerStream {

    /** Filters whose wrappers override {@code getOutputStream}, and whose streams pass write listeners on. */
    private static final List<String> PASS_LISTENERS_ON =
            List.of("jakarta.servlet.", "org.springframework.security.web.", "org.springframework.session.web.");

    private ContainerStream() {}

    /**
     * Whether the container's stream is used. A response that is no {@link ServletResponseWrapper} is the container's.
     */
    static boolean isUnder(ServletResponse response) {
        ServletResponse inner = response;
        while (inner instanceof ServletResponseWrapper wrapper) {
            String overriding = declaringGetOutputStream(wrapper.getClass()).getName();
            if (PASS_LISTENERS_ON.stream().noneMatch(overriding::startsWith)) {
                return false;
            }
            inner = wrapper.getResponse();
        }
        return true;
    }

    private static Class<?> declaringGetOutputStream(Class<? extends ServletResponseWrapper> type) {
        try {
            return type.getMethod("getOutputStream").getDeclaringClass();
        } catch (NoSuchMethodException e) {
            throw new IllegalStateException(e);
        }
    }
}
