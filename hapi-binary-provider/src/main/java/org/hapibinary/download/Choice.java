/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.download;

import jakarta.servlet.http.HttpServletRequest;
import java.util.Collections;
import java.util.List;
import org.hapibinary.catalog.DownloadableFile;
import org.hapibinary.http.ByteRanges;
import org.hapibinary.http.ByteRanges.Selection;
import org.hapibinary.http.ContentCoding;
import org.hapibinary.http.Preconditions;
import org.hapibinary.http.Preconditions.Verdict;
import org.hapibinary.problem.Problem;

/**
 * The choice of what to send of a file.
 *
 * @param verdict the result of the request's preconditions
 * @param representation the negotiated representation
 * @param selection the bytes of the representation to send
 */
record Choice(Verdict verdict, Representation representation, Selection selection) {

    /**
     * Chooses by the headers of a GET or HEAD. A POST, which HAPI allows for operations, gets the whole file without
     * preconditions.
     *
     * <p>A range selects bytes of the file without a content coding, even if the client accepts gzip: most clients
     * inflate what they receive, and continue after the inflated bytes. It selects bytes of the gzip if a precondition
     * names that by its entity tag, or if the client accepts nothing else.
     *
     * @throws Problem 406 if the client accepts no coding in which the file is stored
     */
    static Choice of(DownloadableFile file, HttpServletRequest request) {
        List<String> acceptEncoding = linesOf(request, "Accept-Encoding");
        Representation negotiated = Representation.of(file, acceptEncoding);
        if (request.getMethod().equals("POST")) {
            return new Choice(Verdict.PROCEED, negotiated, new Selection.Whole());
        }
        Preconditions conditions = Preconditions.of(name -> linesOf(request, name));
        ByteRanges ranges = ByteRanges.of(request.getMethod().equals("GET") ? linesOf(request, "Range") : List.of());
        Representation ofRange = conditions.name(negotiated.entityTag())
                ? negotiated
                : Representation.uncoded(file, acceptEncoding).orElse(negotiated);
        boolean isRange =
                ranges.areAny() && conditions.allowsRange(ofRange.entityTag(), file.lastModified(), ofRange.coding());
        Representation representation = isRange ? ofRange : negotiated;
        return new Choice(
                conditions.judge(representation.entityTag(), file.lastModified()),
                representation,
                isRange ? selected(ranges, representation) : new Selection.Whole());
    }

    /** Sends no multipart body of a gzip: clients would inflate the body, of which only the parts are compressed. */
    private static Selection selected(ByteRanges ranges, Representation representation) {
        Selection selection = ranges.select(representation.stored().size());
        boolean isMultipart =
                selection instanceof Selection.Parts parts && parts.ranges().size() > 1;
        return isMultipart && representation.coding() != ContentCoding.IDENTITY ? new Selection.Whole() : selection;
    }

    private static List<String> linesOf(HttpServletRequest request, String header) {
        return Collections.list(request.getHeaders(header));
    }
}
