using System.Text.Json;
using Experience.Domain.Events;
using Experience.Domain.Wire;

namespace Experience.Web.Ways.Segment;

/// <summary>
/// The e-commerce part of the specification (https://segment.com/docs/connections/spec/ecommerce/v2): products are sections, lines of
/// an order are registrations. Amounts come in whole units of the currency.
/// </summary>
internal static class SegmentOrders
{
    public static Refusal? Completed(Call call, JsonElement? order, TranslatedEvents events)
    {
        var lines = Lines(order);
        var total = Total(order) ?? (lines.Count > 0 && lines.All(l => l.Amount is not null) ? lines.Sum(l => l.Amount) : null);
        if (total is null) return new("properties.total", "is missing", "what was paid: total, revenue, or the price of each product");
        var number = Number(order);
        for (var i = 0; i < lines.Count; i++)
        {
            var line = lines[i];
            events.Begin(EventTypes.RegistrationConfirmed.Name, $"{call.Id}#{i + 1}", call.Subject, call.Time)
                .Text(Fields.Section.Name, line.Section).Text(Fields.Registration.Name, Registration(number, line)).Text(Fields.Program.Name, line.Category)
                .Money(Fields.Amount.Name, line.Amount).Text(Fields.Channel.Name, "online").Text("product", line.Name).End();
        }

        events.Begin(EventTypes.PaymentReceived.Name, call.Id, call.Subject, call.Time).Money(Fields.Amount.Name, total).Text(Fields.Payment.Name, number)
            .Text(Fields.Channel.Name, "online");
        if (lines is [var only]) events.Text(Fields.Section.Name, only.Section).Text(Fields.Registration.Name, Registration(number, only));
        events.Keep("order", order).End();
        return null;
    }

    /// <summary>Money back: for each product when they are listed and add up, otherwise for the order.</summary>
    public static Refusal? Refunded(Call call, JsonElement? order, TranslatedEvents events)
    {
        var lines = Lines(order);
        var total = Total(order);
        var byLine = lines.Count > 0 && lines.All(l => l.Amount is not null) && (total is null || total == lines.Sum(l => l.Amount));
        if (total is null && !byLine) return new("properties.total", "is missing", "what went back: total, or the price of each product");
        var number = Number(order);
        if (!byLine)
        {
            events.Begin(EventTypes.RefundIssued.Name, call.Id, call.Subject, call.Time).Money(Fields.Amount.Name, total).Text(Fields.Payment.Name, number);
            if (lines is [var only]) events.Text(Fields.Section.Name, only.Section).Text(Fields.Registration.Name, Registration(number, only));
            events.Text(Fields.Reason.Name, order.Get("reason").Text()).Keep("order", order).End();
            return null;
        }

        for (var i = 0; i < lines.Count; i++)
        {
            events.Begin(EventTypes.RefundIssued.Name, i == 0 ? call.Id : $"{call.Id}#{i + 1}", call.Subject, call.Time).Money(Fields.Amount.Name, lines[i].Amount)
                .Text(Fields.Section.Name, lines[i].Section).Text(Fields.Registration.Name, Registration(number, lines[i])).Text(Fields.Payment.Name, number)
                .Text(Fields.Reason.Name, order.Get("reason").Text()).Keep("order", i == 0 ? order : null).End();
        }

        return null;
    }

    /// <summary>The specification's cancellation is the customer's: places given up before anything was delivered.</summary>
    public static Refusal? Cancelled(Call call, JsonElement? order, TranslatedEvents events)
    {
        var lines = Lines(order);
        if (lines.Count == 0) return SegmentTranslator.Kept(call, "segment.Order Cancelled", events);
        for (var i = 0; i < lines.Count; i++)
        {
            events.Begin(EventTypes.RegistrationDropped.Name, i == 0 ? call.Id : $"{call.Id}#{i + 1}", call.Subject, call.Time).Text(Fields.Section.Name, lines[i].Section)
                .Text(Fields.Registration.Name, Registration(Number(order), lines[i])).Text(Fields.Reason.Name, order.Get("reason").Text()).Text(Fields.Channel.Name, "online")
                .Keep("order", i == 0 ? order : null).End();
        }

        return null;
    }

    public static Refusal? Reviewed(Call call, JsonElement? review, TranslatedEvents events)
    {
        events.Begin(EventTypes.FeedbackSubmitted.Name, call.Id, call.Subject, call.Time).Text(Fields.Survey.Name, "course")
            .Text(Fields.Section.Name, review.Get("product_id", "productId", "sku").Text()).Number(Fields.CourseRating.Name, TranslatedEvents.Decimal(review.Get("rating")))
            .Text(Fields.Words.Name, review.Get("review_body", "reviewBody").Text()).Text(Fields.Channel.Name, "online").Text("review", review.Get("review_id", "reviewId").Text()).End();
        return null;
    }

    private static string? Number(JsonElement? order) => order.Get("order_id", "orderId", "checkout_id", "checkoutId").Text();

    private static decimal? Total(JsonElement? order) => TranslatedEvents.Decimal(order.Get("total", "value", "revenue"));

    /// <summary>A line's registration: the order and the section, so that a refund or a cancellation of the order finds it again.</summary>
    private static string? Registration(string? order, Line line) => order is null ? null : $"{order}/{line.Section}";

    private static List<Line> Lines(JsonElement? order)
    {
        var lines = new List<Line>();
        if (order.Get("products") is not { ValueKind: JsonValueKind.Array } products) return lines;
        foreach (var product in products.EnumerateArray())
        {
            var section = product.Get("product_id", "productId", "id", "sku").Text();
            if (section is null) continue;
            var price = TranslatedEvents.Decimal(product.Get("price"));
            var amount = price is null ? null : price * (TranslatedEvents.Decimal(product.Get("quantity")) ?? 1);
            lines.Add(new Line(section, product.Get("name").Text(), product.Get("category").Text(), amount));
        }

        return lines;
    }

    private sealed record Line(string Section, string? Name, string? Category, decimal? Amount);
}
