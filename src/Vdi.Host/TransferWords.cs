using System.Globalization;

namespace Vdi.Host;

/// <summary>What every transfer of a file to or from a host says, whatever the file is of: its headers and its refusals.</summary>
internal static class TransferWords
{
    /// <summary>The header with what lets one.</summary>
    public const string Ticket = "Vdi-Ticket";

    /// <summary>The header with how many bytes are there, and where a piece belongs.</summary>
    public const string Offset = "Vdi-Offset";

    /// <summary>The header with how many there will be.</summary>
    public const string Length = "Vdi-Length";

    /// <summary>The header with what a file that was sent is called in the machine, percent-encoded.</summary>
    public const string Given = "Vdi-Name";

    /// <summary>Bytes of a piece that is sent at once, at most.</summary>
    public const long LongestPiece = 64 << 20;

    public static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    public static IResult NoTicket() => Problem(StatusCodes.Status401Unauthorized, "wrong-ticket", "This permission is not valid any more: ask for a new one.");

    public static IResult Problem(int status, string code, string detail) => Results.Problem(detail, statusCode: status, extensions: new Dictionary<string, object?> { ["code"] = code });
}
