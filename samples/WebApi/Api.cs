using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using NativeWidths;
using Pare;
using Pare.Data;
using Pare.Inference;

namespace WebApi;

/// <summary>An HTTP API that classifies uploaded pictures. A <see cref="Model"/> serves all requests at once; it needs no pool.</summary>
internal static class Api
{
    /// <summary>A larger upload is refused.</summary>
    public const int MaxUploadBytes = 16 << 20;

    // A small file may unpack to a huge picture; so much is 32 million pixels.
    private const long MaxDecodingBytes = 512L << 20;

    // Uploads may be slow and many; only so many pictures are in memory at a time.
    private static readonly SemaphoreSlim Decoding = new(Environment.ProcessorCount);

    public static async Task<int> Main(string[] args)
    {
        WidestFile.Start(args);
        if (args is not [var path, .. var rest] || path.StartsWith('-'))
        {
            Console.Error.WriteLine("Name a model: WebApi MODEL [--urls http://localhost:5000]");
            return 2;
        }

        try
        {
            await using WebApplication app = Create(Model.Load(path), rest);
            await app.RunAsync();
            return 0;
        }
        catch (PareException error)
        {
            Console.Error.WriteLine($"{error.Message}\n{error.Where}\n{error.Remedy}");
            return 1;
        }
    }

    /// <summary>The API of a model.</summary>
    private static WebApplication Create(Model model, string[] args)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(args);
        builder.WebHost.ConfigureKestrel(static server => server.Limits.MaxRequestBodySize = MaxUploadBytes);
        builder.Services.ConfigureHttpJsonOptions(static options =>
        {
            options.SerializerOptions.TypeInfoResolverChain.Insert(0, ApiJson.Default);
            // A number is a number, in the description of the API, too.
            options.SerializerOptions.NumberHandling = JsonNumberHandling.Strict;
        });
        builder.Services.AddSingleton(model);
        builder.Services.AddProblemDetails();
        builder.Services.AddHealthChecks();
        builder.Services.AddOpenApi();

        WebApplication app = builder.Build();
        app.UseExceptionHandler();
        app.UseStatusCodePages();
        // A request without any content has no form; the framework fails on it.
        app.Use(static (context, next) =>
        {
            HttpRequest request = context.Request;
            if (!HttpMethods.IsPost(request.Method) || request.ContentType is not null || !request.Path.StartsWithSegments("/predict"))
                return next(context);
            context.Response.StatusCode = StatusCodes.Status415UnsupportedMediaType;
            return Task.CompletedTask;
        });
        app.MapHealthChecks("/health");
        app.MapOpenApi();
        app.MapPost("/predict", Predict)
            .WithSummary("Classifies a picture: PNG, JPEG or BMP, of any size.")
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status413PayloadTooLarge)
            .ProducesProblem(StatusCodes.Status415UnsupportedMediaType)
            // Whoever may call it may call it from a form, too: it changes nothing.
            .DisableAntiforgery();
        return app;
    }

    private static async Task<Results<Ok<Answer>,
        ProblemHttpResult>> Predict(IFormFile picture, Model model, CancellationToken cancellationToken)
    {
        // By now the upload is there, on the disk where it is large.
        await Decoding.WaitAsync(cancellationToken);
        try
        {
            byte[] file = new byte[picture.Length];
            await using (Stream upload = picture.OpenReadStream()) await upload.ReadExactlyAsync(file, cancellationToken);
            if (ImageDecoder.BytesToDecode(file) > MaxDecodingBytes)
                return TypedResults.Problem("The picture has too many pixels.", statusCode: StatusCodes.Status413PayloadTooLarge);
            Prediction prediction = model.PredictFile(file, picture.FileName);
            return TypedResults.Ok(new Answer(
                prediction.Label, prediction.Probability, prediction.IsSure,
                [.. model.Classes.Zip(prediction.Probabilities, static (label, probability) => new ClassProbability(label, probability))]));
        }
        catch (DataException error)
        {
            return TypedResults.Problem(error.Message, statusCode: StatusCodes.Status400BadRequest);
        }
        finally
        {
            Decoding.Release();
        }
    }
}

/// <summary>What the network takes a picture for.</summary>
/// <param name="Label">The most probable class.</param>
/// <param name="Probability">Its probability, 0 to 1.</param>
/// <param name="Sure">Whether that is enough for the model's own threshold; true where it has none.</param>
/// <param name="Probabilities">Those of all classes.</param>
internal sealed record Answer(string Label, float Probability, bool Sure, IReadOnlyList<ClassProbability> Probabilities);

/// <summary>How probable a class is.</summary>
/// <param name="Label">The class.</param>
/// <param name="Probability">0 to 1.</param>
internal sealed record ClassProbability(string Label, float Probability);

/// <summary>How answers are written, without reflection, and what the OpenAPI document describes.</summary>
[JsonSerializable(typeof(Answer))]
[JsonSerializable(typeof(IFormFile))]
[JsonSerializable(typeof(ProblemDetails))]
internal sealed partial class ApiJson : JsonSerializerContext;
