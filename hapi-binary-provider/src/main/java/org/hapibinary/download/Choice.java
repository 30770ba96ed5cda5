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
 * What of a file a request is to be answered with.
 *
 * @param verdict of the request's conditions on the representation
 * @param selection of the representation's bytes
 */
record Choice(Verdict verdict, Representation representation, Selection selection) {

    /**
     * By the headers of a GET or HEAD. A POST, which HAPI allows for operations, gets the whole under no condition.
     *
     * <p>A range is one of the file as it is, even if the client takes gzip: most clients inflate what they get, and
     * say by the number of inflated bytes where they want to go on. It is one of the gzip if a condition of the request
     * names that by its entity tag, or if the client takes nothing else.
     *
     * @throws Problem 406 if the client takes the file in no coding in which it is there
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

    /** Clients would inflate a multipart body whose parts only are compressed. */
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
