using Vdi.Broker.Apps;
using Vdi.Broker.Data;

namespace Vdi.Server.Web;

/// <summary>An application's page may be shown in frames of those pages that its publisher names; every other page of ours in none.</summary>
internal static class Embedding
{
    /// <summary>Browsers show nothing of a page that may not be where it is, so that nobody knows why: this one says it, and has nothing in it.</summary>
    private const string Refusal = """
        <!doctype html><html lang="en"><meta charset="utf-8"><title>Vdi</title>
        <style nonce="{0}">body {{ font: 16px/1.5 system-ui, sans-serif; margin: 3rem auto; max-width: 32rem; padding: 0 1rem; color: #24313a; background: #f4f6f6 }}</style>
        <p>This application may not be shown in a page of {1}. Ask an administrator to allow it there, or open the link in a window of its own.</p>
        <p lang="ko">이 앱은 {1}의 페이지 안에 표시할 수 없습니다. 관리자에게 허용을 요청하거나 링크를 새 창에서 여세요.</p></html>
        """;

    public static void UseEmbedding(this IApplicationBuilder app) => app.Use(async (context, next) =>
    {
        var request = context.Request;
        if (!HttpMethods.IsGet(request.Method) || request.Path.Value!.Split('/') is not ["", "app", { Length: > 0 } slug, ..])
        {
            await next(context);
            return;
        }

        var origins = await context.RequestServices.GetRequiredService<VdiDb>().OriginsAsync(slug, context.RequestAborted);

        // A browser says where the page is to be shown (W3C Fetch Metadata), and most pages say what their origin is.
        var frame = request.Headers["Sec-Fetch-Dest"] == "iframe" && request.Headers["Sec-Fetch-Site"] != "same-origin";
        var page = Uri.TryCreate(request.Headers.Referer, UriKind.Absolute, out var referrer) ? referrer.GetLeftPart(UriPartial.Authority) : null;
        if (frame && (origins.Count == 0 || (page is not null && !origins.Contains(page))))
        {
            SecureHeaders.AllowFrames(context, ["*"], "default-src 'none'; style-src 'nonce-{0}'; base-uri 'none'; form-action 'none'; ");
            context.Response.ContentType = "text/html; charset=utf-8";
            context.Response.Headers.CacheControl = "no-store";
            await context.Response.WriteAsync(string.Format(null, Refusal, SecureHeaders.Nonce(context), System.Net.WebUtility.HtmlEncode(page ?? "another site")));
            return;
        }

        if (origins.Count > 0)
        {
            SecureHeaders.AllowFrames(context, origins);
        }

        await next(context);
    });
}
