/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.plain;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpServletResponseWrapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;

/** Filters as hosts have them; a header of the request says which of them is at work. */
final class FiltersOfHost implements Filter {

    static final String HEADER = "X-Filter";

    @Override
    public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        HttpServletRequest asked = (HttpServletRequest) request;
        HttpServletResponse answer = (HttpServletResponse) response;
        answer.setHeader("Access-Control-Allow-Origin", "https://app.example.org");
        switch (String.valueOf(asked.getHeader(HEADER))) {
            case "refuses-listeners" -> chain.doFilter(asked, with(answer, Output.Kind.REFUSES_LISTENERS));
            case "forgets-listeners" -> chain.doFilter(asked, with(answer, Output.Kind.FORGETS_LISTENERS));
            case "forgets-listeners-and-hides" -> chain.doFilter(asked, hidden(answer));
            case "refuses-async" -> chain.doFilter(withoutAsync(asked), answer);
            case "buffers" -> buffer(asked, answer, chain);
            case "refuses-digests" -> chain.doFilter(asked, withoutDigests(answer));
            default -> chain.doFilter(asked, answer);
        }
    }

    private static HttpServletResponse with(HttpServletResponse answer, Output.Kind kind) {
        return new HttpServletResponseWrapper(answer) {

            @Override
            public ServletOutputStream getOutputStream() throws IOException {
                return new Output(super.getOutputStream(), kind);
            }
        };
    }

    /** No wrapper of the servlet API's. */
    private static HttpServletResponse hidden(HttpServletResponse answer) {
        return (HttpServletResponse) Proxy.newProxyInstance(
                FiltersOfHost.class.getClassLoader(),
                new Class<?>[] {HttpServletResponse.class},
                (proxy, method, arguments) -> {
                    try {
                        return method.getName().equals("getOutputStream")
                                ? new Output(answer.getOutputStream(), Output.Kind.FORGETS_LISTENERS)
                                : method.invoke(answer, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    private static HttpServletRequest withoutAsync(HttpServletRequest asked) {
        return new HttpServletRequestWrapper(asked) {

            @Override
            public AsyncContext startAsync() {
                throw new IllegalStateException("not here");
            }
        };
    }

    private static HttpServletResponse withoutDigests(HttpServletResponse answer) {
        return new HttpServletResponseWrapper(answer) {

            @Override
            public void setHeader(String name, String value) {
                if (name.equals("Repr-Digest")) {
                    throw new IllegalArgumentException(name);
                }
                super.setHeader(name, value);
            }
        };
    }

    private static void buffer(HttpServletRequest asked, HttpServletResponse answer, FilterChain chain)
            throws IOException, ServletException {
        ByteArrayOutputStream buffer = new ByteArrayOutputStream();
        chain.doFilter(asked, new HttpServletResponseWrapper(answer) {

            @Override
            public ServletOutputStream getOutputStream() {
                return new Output(buffer, Output.Kind.FORGETS_LISTENERS);
            }
        });
        buffer.writeTo(answer.getOutputStream());
    }

    private static final class Output extends ServletOutputStream {

        enum Kind {
            REFUSES_LISTENERS,
            FORGETS_LISTENERS
        }

        private final OutputStream inner;
        private final Kind kind;

        Output(OutputStream inner, Kind kind) {
            this.inner = inner;
            this.kind = kind;
        }

        @Override
        public boolean isReady() {
            return true;
        }

        @Override
        public void setWriteListener(WriteListener listener) {
            if (kind == Kind.REFUSES_LISTENERS) {
                throw new UnsupportedOperationException();
            }
        }

        @Override
        public void write(int b) throws IOException {
            inner.write(b);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            inner.write(bytes, offset, length);
        }

        @Override
        public void flush() throws IOException {
            inner.flush();
        }
    }
}
